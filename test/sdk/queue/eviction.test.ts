import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evict } from '../../../sdk/src/queue/eviction.ts'

const info = (id: string, createdAtMs: number, severity: number, bytes = 100) => ({
  v: 1,
  id,
  createdAtMs,
  severity,
  bytes,
  count: 1,
})

test('the least severe go first, and among these the oldest', () => {
  const batches = [info('error', 1, 4), info('new', 3, 2), info('old', 2, 2), info('trace', 9, 0)]
  assert.deepEqual(
    evict(batches, 201, 'drop-oldest').map(({ id }) => id),
    ['trace', 'old', 'new'],
  )
})

test('or the newest, where the page wants it so', () => {
  const batches = [info('new', 3, 2), info('old', 2, 2), info('error', 4, 4)]
  assert.deepEqual(
    evict(batches, 1, 'drop-newest').map(({ id }) => id),
    ['new'],
  )
})

test('batches of one millisecond, as a burst makes them, are as old as their order says', () => {
  const burst = ['f', 'b', 'd', 'a'].map(id => info(id, 1, 2))
  const ids = (whenFull: 'drop-oldest' | 'drop-newest') => evict(burst, 101, whenFull).map(({ id }) => id)
  assert.deepEqual(ids('drop-oldest'), ['f', 'b'])
  assert.deepEqual(ids('drop-newest'), ['a', 'd'])
})

test('no more goes than has to, and nothing while there is room', () => {
  const batches = fc.array(
    fc.record({
      v: fc.constant(1),
      id: fc.uuid(),
      createdAtMs: fc.nat(),
      severity: fc.nat({ max: 5 }),
      bytes: fc.integer({ min: 1, max: 1000 }),
      count: fc.nat(),
    }),
  )
  const whenFull = fc.constantFrom('drop-oldest' as const, 'drop-newest' as const)
  fc.assert(
    fc.property(batches, fc.integer({ min: -1000, max: 20_000 }), whenFull, (candidates, excessBytes, which) => {
      const evicted = evict(candidates, excessBytes, which)
      const bytes = evicted.reduce((sum, batch) => sum + batch.bytes, 0)
      if (excessBytes <= 0) assert.equal(evicted.length, 0)
      else assert.ok(bytes >= excessBytes || evicted.length === candidates.length)
      const last = evicted.at(-1)
      if (last) assert.ok(bytes - last.bytes < excessBytes)
      const most = Math.max(-1, ...evicted.map(({ severity }) => severity))
      for (const kept of candidates) if (!evicted.includes(kept)) assert.ok(kept.severity >= most)
    }),
  )
})
