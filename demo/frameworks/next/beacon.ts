import { init } from 'loki-beacon'

// On the server this logger does nothing, so that components for both may import it.
export const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })
