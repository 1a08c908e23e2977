export interface LokiClock {
  /** Takes the `Date` of an answer, which is there in whole seconds. */
  told(date: string | undefined): void
  /** What Loki's wall clock shows, in ms since the epoch; our own as long as it has not told. */
  nowMs(): number
}

/** Less says nothing: an answer takes its time, and has no fractions of a second. */
const toleranceMs = 2000

/**
 * Loki judges times by its own clock, and ours may be hours off. Between answers it goes on with the monotonic clock, so
 * that a jump of our wall clock is no jump of Loki's.
 */
export function createLokiClock(wallMs = Date.now, monotonicMs = () => performance.now()): LokiClock {
  let offsetMs = wallMs() - monotonicMs()
  const nowMs = () => monotonicMs() + offsetMs
  return {
    told(date) {
      const differenceMs = Date.parse(date ?? '') - nowMs()
      if (Math.abs(differenceMs) > toleranceMs) offsetMs += differenceMs
    },
    nowMs,
  }
}
