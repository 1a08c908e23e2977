import { init } from 'loki-beacon'

/** The whole package in a worker: does nothing, and harms nothing. */

const log = init({ url: '/telemetry', key: 'pk_shop_web' })
log.error(new Error('to nobody'))
log.flush().then(() => postMessage({ created: log.stats().created }))
