/**
 * The most attempts that begin within that time when each one fails at once, but for one run in a million.
 *
 * The k-th pause is evenly distributed up to its own maximum m(k). So n pauses are a point in a box of the volume
 * m(1) * ... * m(n), and their sum is below t in at most the part t^n / n! of it.
 */
export function attemptsWithin(ms: number, { baseDelayMs, maxDelayMs }: { baseDelayMs: number; maxDelayMs: number }) {
  let pauses = 0
  let probability = 1
  while (probability > 1e-6) {
    pauses++
    probability *= ms / pauses / Math.min(maxDelayMs, baseDelayMs * 2 ** (pauses - 1))
  }
  return pauses
}
