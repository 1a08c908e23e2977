import { init } from 'loki-beacon'
import { sortArguments } from 'loki-beacon/loggers'

const log = init({ url: '/telemetry', key: 'pk_shop_web', app: 'shop' })

/** What a logger of your own calls for each of its lines, whatever the arguments. */
export function transport(level: 'info' | 'warn' | 'error', timeMs: number, ...args: unknown[]): void {
  log.record({ level, timeMs, ...sortArguments(args) })
}

transport('warn', Date.now(), 'stock is low', { sku: 'A-1' })
