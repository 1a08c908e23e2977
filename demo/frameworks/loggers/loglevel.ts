import loglevel from 'loglevel'
import { init } from 'loki-beacon'
import { forwardLoglevel } from 'loki-beacon/loggers'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

forwardLoglevel(loglevel, log)
loglevel.warn('stock is low', { sku: 'A-1' })
