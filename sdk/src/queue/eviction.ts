import type { BatchInfo } from '../batch.ts'

/**
 * Which batches go when the buffer holds `excessBytes` too many: the least severe ones, and among these the oldest
 * (or the newest, where the page would rather keep how it began). Those of one millisecond are taken to be in order.
 */
export function evict<Candidate extends BatchInfo>(
  candidates: readonly Candidate[],
  excessBytes: number,
  whenFull: 'drop-oldest' | 'drop-newest',
): Candidate[] {
  const direction = whenFull === 'drop-oldest' ? 1 : -1
  const evicted: Candidate[] = []
  if (excessBytes <= 0) return evicted
  const order = candidates
    .map((candidate, index) => ({ candidate, index }))
    .sort(
      ({ candidate: a, index: i }, { candidate: b, index: j }) =>
        a.severity - b.severity || direction * (a.createdAtMs - b.createdAtMs || i - j),
    )
  let leftBytes = excessBytes
  for (const { candidate } of order) {
    if (leftBytes <= 0) break
    evicted.push(candidate)
    leftBytes -= candidate.bytes
  }
  return evicted
}
