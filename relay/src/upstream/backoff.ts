export interface BackoffOptions {
  /** Bound of the first pause, in ms; it doubles with each further failure. */
  baseMs: number
  /** Longest pause, in ms. */
  maxMs: number
  /** 0 up to, not including, 1. @defaultValue `Math.random` */
  random?: () => number
}

/**
 * The pause after so many failures in a row (1 and up), in ms: exponential with full jitter, so that relays which
 * failed together do not come back together (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 */
export function backoffMs(failures: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  const boundMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 50))
  return Math.round(random() * boundMs)
}
