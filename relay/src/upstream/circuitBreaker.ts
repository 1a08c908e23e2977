export type BreakerState = 'closed' | 'open' | 'half-open'

export interface CircuitBreaker {
  /** `open`: send nothing. `half-open`: one small push may try. */
  state(): BreakerState
  /** How long it stays open, in ms; 0 when it is not. */
  waitMs(): number
  succeeded(): void
  failed(): void
}

export interface CircuitBreakerOptions {
  /** So many failures in a row open it. */
  threshold: number
  /** How long it stays open before a push may try again, in ms. */
  openMs: number
  /** A clock in ms that never goes back. */
  nowMs: () => number
}

/** Spares a Loki in trouble the full load: after some failures only a small push now and then finds out if it is back. */
export function createCircuitBreaker({ threshold, openMs, nowMs }: CircuitBreakerOptions): CircuitBreaker {
  let failures = 0
  let openUntilMs = 0

  return {
    state: () => (failures < threshold ? 'closed' : nowMs() < openUntilMs ? 'open' : 'half-open'),
    waitMs: () => (failures < threshold ? 0 : Math.max(0, openUntilMs - nowMs())),
    succeeded() {
      failures = 0
    },
    failed() {
      failures++
      if (failures >= threshold) openUntilMs = nowMs() + openMs
    },
  }
}
