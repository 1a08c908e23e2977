import { init } from 'loki-beacon'
import { pinoTransmit } from 'loki-beacon/loggers'
import pino from 'pino'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

const logger = pino({ browser: { transmit: pinoTransmit(log) } })
logger.child({ feature: 'cart' }).warn({ sku: 'A-1' }, 'stock is low')
