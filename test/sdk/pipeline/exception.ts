import { summarize } from '../../../sdk/src/pipeline/wireError.ts'
import type { WireError, WireRecord } from '../../../sdk/src/wire.ts'

/** The record of an error that nobody caught. */
export function exception(error: Partial<WireError>, record: Partial<WireRecord> = {}): WireRecord {
  const whole = { type: 'Error', message: '', ...error }
  return {
    n: 1,
    t: 0,
    kind: 'exception',
    level: 'error',
    message: summarize(whole),
    error: whole,
    mechanism: 'onerror',
    ...record,
  }
}
