export interface CircuitBreaker {
  state(nowMs: number): 'closed' | 'open' | 'half-open'
  /** How long no request may go out; 0 when one may. */
  waitMs(nowMs: number): number
  succeeded(): void
  /** `retryAfterMs`: the pause that the relay asked for; the longer of that and the own one counts. */
  failed(nowMs: number, retryAfterMs: number): void
  /** Someone has reason to try now: ends a pause of our own choice, never one that the relay asked for. */
  hurry(nowMs: number): void
  /** The network is said to be back: pauses begin anew, for the first try often comes before the network. */
  restart(nowMs: number): void
  /** Whether the relay has asked for no pause that still lasts. */
  mayHurry(nowMs: number): boolean
}

/**
 * Says when the next request may go out. Closed: after a pause, or at once when hurried. Open, after `threshold`
 * failures in a row: only after its pause. Then half-open: a single probe, which closes it or opens it again.
 * Requests go out one at a time, so the probe is single by itself.
 */
export function createCircuitBreaker(threshold: number, pauseMs: (failures: number) => number): CircuitBreaker {
  let failures = 0
  let pauseEndMs = 0
  let retryAfterEndMs = 0
  const mayHurry = (nowMs: number) => nowMs >= retryAfterEndMs
  const waitMs = (nowMs: number) => Math.max(pauseEndMs - nowMs, retryAfterEndMs - nowMs, 0)
  return {
    waitMs,
    mayHurry,
    state: nowMs => (failures < threshold ? 'closed' : waitMs(nowMs) > 0 ? 'open' : 'half-open'),
    succeeded() {
      failures = 0
      pauseEndMs = 0
    },
    failed(nowMs, retryAfterMs) {
      failures++
      pauseEndMs = nowMs + pauseMs(failures)
      retryAfterEndMs = Math.max(retryAfterEndMs, nowMs + retryAfterMs)
    },
    hurry(nowMs) {
      if (failures < threshold) pauseEndMs = nowMs
    },
    restart(nowMs) {
      failures = 0
      pauseEndMs = nowMs
    },
  }
}
