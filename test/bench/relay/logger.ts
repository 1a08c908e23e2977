import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { attributesOf, message } from './load.ts'

/**
 * A server that logs to Loki through one of the usual libraries, in a process of its own: `<library> <url of Loki> <tenant>`.
 * Logs as many records as it is told, and answers with its processor time so far.
 */
const [library = '', url = '', tenant = ''] = process.argv.slice(2)
const require = createRequire(join(import.meta.dirname, '../peers/package.json'))

const common = { host: url, headers: { 'X-Scope-OrgID': tenant }, labels: { job: library } }

/** After each 100 records: what Loki takes at most by its default limits is more, and what it refuses these drop. */
const pauseMs = 10

type Log = (text: string, attributes: object) => void
const loggers: Record<string, () => Log> = {
  'pino-loki': () => {
    const pino = require('pino')
    const options = { ...common, batching: { interval: 1 } }
    const logger = pino(pino.transport({ target: require.resolve('pino-loki'), options }))
    return (text, attributes) => logger.info(attributes, text)
  },
  'winston-loki': () => {
    const { createLogger } = require('winston')
    const Transport = require('winston-loki')
    const logger = createLogger({ transports: [new Transport({ ...common, interval: 1 })] })
    return (text, attributes) => logger.info(text, attributes)
  },
}

const log = loggers[library]!()
let n = 0
process.on('message', async ({ records = 0 }: { records?: number }) => {
  for (let i = 1; i <= records; i++) {
    log(message, { n: n++, ...attributesOf(i % 100) })
    if (i % 100 === 0) await sleep(pauseMs)
  }
  process.send?.(process.cpuUsage())
})
process.on('disconnect', () => process.exit())
process.send?.({})
