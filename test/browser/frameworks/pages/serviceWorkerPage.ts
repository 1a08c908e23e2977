import { init } from 'loki-beacon'
import { receiveFrom } from 'loki-beacon/worker'

const log = init({ url: '/telemetry', key: 'pk_shop_web', capture: { errors: true, rejections: true } })
receiveFrom(navigator.serviceWorker, log)
const { active } = await navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)
active!.postMessage('throw')
