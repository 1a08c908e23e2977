import assert from 'node:assert/strict'
import type { Intake } from '../support/intake.ts'

/** Of `record 0`, `record 1` and so on, the first `count` are stored, and none twice. */
export function assertStoredOnce({ stored }: Intake, count: number): void {
  const numbers = stored.map(({ message }) => Number(/^record (\d+)$/.exec(message)?.[1])).sort((a, b) => a - b)
  const seen = new Set(numbers)
  assert.equal(numbers.length, seen.size, `stored twice: ${numbers.filter((n, i) => n === numbers[i - 1])}`)
  const missing = Array.from({ length: count }, (_, n) => n).filter(n => !seen.has(n))
  assert.deepEqual(missing, [], 'lost')
}
