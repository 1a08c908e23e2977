import type { Batch, SerializedRecord } from '../../sdk/src/batch.ts'
import type { Level } from '../../sdk/src/wire.ts'

/** A batch as the SDK builds it, of the given lines. */
export function testBatch(lines: readonly string[], given: Partial<Batch> = {}): Batch {
  const text = lines.join('\n')
  return {
    v: 1,
    id: '0199d3a1b2c37f0a8e1d2c3b4a596877',
    createdAtMs: 1_795_210_479_000,
    header: '{"sdk":"loki-beacon/1.0.0","context":{"app":"shop"}}',
    lines: text,
    count: lines.length,
    bytes: Buffer.byteLength(text) + 1,
    severity: 2,
    ...given,
  }
}

/** Records numbered from `from`, serialised. */
export function testRecords(count: number, from = 0, level: Level = 'info', padBytes = 0): SerializedRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const record = { n: from + i, t: 1_795_210_479_000, kind: 'log', level, message: 'm'.repeat(padBytes) }
    const line = JSON.stringify(record)
    return { line, bytes: Buffer.byteLength(line), level }
  })
}
