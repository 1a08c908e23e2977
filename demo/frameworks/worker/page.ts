import { init } from 'loki-beacon'
import { receiveFrom } from 'loki-beacon/worker'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

const worker = new Worker(new URL('./prices.js', import.meta.url), { type: 'module' })
receiveFrom(worker, log)
worker.addEventListener('message', ({ data }) => log.info('prices', { sum: data.sum }))
worker.postMessage({ prices: [3, 4] })
