export interface BackoffOptions {
  baseDelayMs: number
  maxDelayMs: number
}

/**
 * The pause after so many failures in a row: exponential with full jitter, so that the pages of a whole site
 * don't come back in step (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMs(failures: number, { baseDelayMs, maxDelayMs }: BackoffOptions, random = Math.random): number {
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1))
}
