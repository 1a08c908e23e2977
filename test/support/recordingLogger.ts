import type { LogEntry, Logger } from '../../sdk/src/core.ts'
import { levels } from '../../sdk/src/wire.ts'

export interface RecordingLogger extends Logger {
  /** Each call that makes a record: the method's name and its arguments. */
  calls: [method: string, ...args: unknown[]][]
  flushes: number
  isClosed: boolean
}

/** A logger that keeps what it is called with. */
export function createRecordingLogger(): RecordingLogger {
  const calls: RecordingLogger['calls'] = []
  const methods = [...levels, 'captureError', 'event', 'measure', 'record'].map(method => [
    method,
    (...args: unknown[]) => calls.push([method, ...args]),
  ])
  const logger: RecordingLogger = {
    ...(Object.fromEntries(methods) as Logger),
    calls,
    flushes: 0,
    isClosed: false,
    with: () => logger,
    async flush() {
      logger.flushes++
      return true
    },
    async close() {
      logger.isClosed = true
    },
  }
  return logger
}

export function entriesOf({ calls }: RecordingLogger): LogEntry[] {
  return calls.filter(([method]) => method === 'record').map(([, entry]) => entry as LogEntry)
}
