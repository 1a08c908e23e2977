import type { Stage } from './stage.ts'

const minuteMs = 60_000
/** Exceptions are dropped when there are so many times more than the limit: what went wrong matters most in a flood. */
const exceptionReserve = 1.5

/**
 * Takes so many records a minute, which begins with its first record, and of exceptions some more. By our own clock:
 * a record may bear any time, also one that never comes.
 */
export function createRateCap(recordsPerMinute: number, monotonicMs: () => number): Stage {
  let startMs = Number.NEGATIVE_INFINITY
  let taken = 0
  return record => {
    // It stands for all that was dropped before it.
    if (record.repeated) return record
    const nowMs = monotonicMs()
    if (nowMs - startMs >= minuteMs) {
      startMs = nowMs
      taken = 0
    }
    if (taken >= recordsPerMinute * (record.kind === 'exception' ? exceptionReserve : 1)) return 'rate_limited'
    taken++
    return record
  }
}
