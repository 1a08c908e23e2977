import { init } from 'loki-beacon'

export const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })
