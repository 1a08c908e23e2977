import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Batch } from '../../../sdk/src/batch.ts'
import { createDrops, type DropCounts } from '../../../sdk/src/drops.ts'
import { createBacklog } from '../../../sdk/src/queue/backlog.ts'
import { splitBatch } from '../../../sdk/src/queue/splitBatch.ts'
import { testBatch, testRecords } from '../../support/testBatch.ts'

const settings = {
  batch: { maxRecords: 10, maxBytes: 1000, flushIntervalMs: 1000 },
  buffer: { persistence: 'indexeddb' as const, maxBytes: 100_000, maxAgeMs: 1000, whenFull: 'drop-oldest' as const },
}

function startBacklog(given: Partial<(typeof settings)['buffer']> | { persistence: 'none' } = {}) {
  const drops = createDrops()
  const clock = { nowMs: 0 }
  const rows = new Map<string, Batch>()
  let ids = 0
  const backlog = createBacklog({
    config: { batch: settings.batch, buffer: { ...settings.buffer, ...given } },
    newBatch: context => ({
      ...testBatch([]),
      id: `batch-${String(++ids).padStart(26, '0')}`,
      createdAtMs: clock.nowMs,
      header: `{"context":${context}}`,
      bytes: 0,
      severity: 0,
    }),
    wallMs: () => clock.nowMs,
    drops,
    writer: {
      put: batch => rows.set(batch.id, batch),
      remove: id => rows.delete(id),
      writeAll() {},
      isLeaving: () => false,
      unwritten: () => [],
      hold() {},
      resume() {},
    },
  })
  return { backlog, drops, clock, rows, next: () => backlog.next() as Batch | undefined }
}

test('a batch ends at its number of records, its bytes, or a change of the context', () => {
  const { backlog, next } = startBacklog()
  backlog.append(testRecords(12), '{"a":1}')
  backlog.append(testRecords(1, 12), '{"a":2}')
  for (let n = 13; n < 16; n++) backlog.append(testRecords(1, n, 'info', 600), '{"a":2}')
  backlog.close()
  const batches = [next(), next(), next(), next()]
  assert.deepEqual(
    batches.map(batch => [batch?.count, batch?.header]),
    [
      [10, '{"context":{"a":1}}'],
      [2, '{"context":{"a":1}}'],
      [3, '{"context":{"a":2}}'],
      [1, '{"context":{"a":2}}'],
    ],
  )
  assert.equal(next(), undefined)
  assert.deepEqual(
    batches.flatMap(batch => batch!.lines.split('\n').map(line => JSON.parse(line).n)),
    Array.from({ length: 16 }, (_, n) => n),
  )
  for (const batch of batches) assert.equal(Buffer.byteLength(batch!.lines) + 1, batch!.bytes)
})

test('what comes at once stays together, in up to eight times the bytes of a batch', () => {
  const { backlog, next } = startBacklog()
  backlog.append(testRecords(9, 0, 'info', 1000), '{}')
  const [first, second] = [next(), next()]
  assert.deepEqual([first!.count, second!.count], [7, 2])
  assert.ok(first!.bytes <= 8000, `${first!.bytes} bytes`)
})

test('an open batch is not sent, and has its row already', () => {
  const { backlog, rows, next } = startBacklog()
  backlog.append(testRecords(2), '{}')
  assert.equal(next(), undefined)
  assert.equal([...rows.values()][0]?.count, 2)
})

test('a batch that failed goes to the end of the line', () => {
  const { backlog, next } = startBacklog()
  backlog.append(testRecords(30), '{}')
  const poison = next()!
  backlog.postpone(poison)
  assert.notEqual(next(), poison)
  assert.notEqual(next(), poison)
  assert.equal(next(), poison)
})

test('a batch older than the limit is dropped as too old', () => {
  const { backlog, clock, drops, next } = startBacklog()
  backlog.append(testRecords(10), '{}')
  clock.nowMs = 1001
  backlog.append(testRecords(10, 10), '{}')
  assert.equal(next()?.createdAtMs, 1001)
  assert.deepEqual(drops.total(), { too_old: 10 })
})

test('without persistence a batch does not survive its first failure', () => {
  const { backlog, drops, next } = startBacklog({ persistence: 'none' })
  backlog.append(testRecords(10), '{}')
  backlog.postpone(next()!)
  assert.deepEqual(drops.total(), { buffer_overflow: 10 })
  assert.equal(backlog.totals().pending, 0)
})

test('what was beaconed rests until it is to be confirmed', () => {
  const { backlog, next } = startBacklog()
  backlog.append(testRecords(10), '{}')
  const unsent = backlog.unsent()
  backlog.markBeaconed(unsent)
  assert.equal(next(), undefined)
  assert.equal(backlog.totals().pending, 10)
  assert.deepEqual(backlog.unsent(), [])
  backlog.forgetBeacons()
  assert.equal(next(), unsent[0])
})

test('a batch that is beaconed while a request brings it is not sent by another one', () => {
  const { backlog, next } = startBacklog()
  backlog.append(testRecords(10), '{}')
  const sending = next()!
  backlog.markBeaconed([sending])
  backlog.forgetBeacons()
  assert.equal(next(), undefined)
  backlog.confirm(sending, {})
  assert.deepEqual(backlog.totals(), { delivered: 10, pending: 0, bytes: 0 })
})

test('drops are told with the next batch that is closed, and again with another if that one is dropped', () => {
  const { backlog, drops, next } = startBacklog()
  drops.count('before_send', 3)
  backlog.append(testRecords(10), '{}')
  const first = next()!
  assert.deepEqual(first.drops, { before_send: 3 })
  backlog.drop(first, 'refused')
  backlog.append(testRecords(10), '{}')
  assert.deepEqual(next()?.drops, { before_send: 3, refused: 10 })
})

test('whatever happens to its batches, each record is delivered, dropped or pending', () => {
  type Step = {
    do: 'append' | 'close' | 'beacon' | 'resume' | 'confirm' | 'refuse' | 'postpone' | 'split' | 'drop'
    by: number
  }
  const step = fc.record<Step>({
    do: fc.constantFrom('append', 'close', 'beacon', 'resume', 'confirm', 'refuse', 'postpone', 'split', 'drop'),
    by: fc.nat({ max: 30 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const { backlog, drops, clock, rows, next } = startBacklog()
      let created = 0
      for (const { do: action, by } of steps) {
        clock.nowMs += by * 3
        if (action === 'append') {
          backlog.append(testRecords(by, created), `{"c":${by % 2}}`)
          created += by
        } else if (action === 'close') backlog.close()
        else if (action === 'beacon') backlog.markBeaconed(backlog.unsent())
        else if (action === 'resume') backlog.forgetBeacons()
        else if (action === 'drop')
          for (const batch of backlog.idle().slice(0, 1)) backlog.drop(batch, 'buffer_overflow')
        else settle(action, by)
        const { delivered, pending, bytes } = backlog.totals()
        const dropped = Object.values(drops.total()).reduce((sum, count) => sum + count, 0)
        assert.equal(created, delivered + dropped + pending)
        assert.ok(delivered >= 0)
        assert.equal(pending, sum(rows, 'count'))
        assert.equal(bytes, sum(rows, 'bytes'))
      }

      function settle(action: Step['do'], by: number): void {
        const batch = next()
        const refused: DropCounts = action === 'refuse' ? { refused: by, too_large: 1 } : {}
        if (!batch) return
        const halves = action === 'split' ? splitBatch(batch) : undefined
        if (halves) backlog.replace(batch, halves)
        else if (action === 'postpone' || action === 'split') backlog.postpone(batch)
        else backlog.confirm(batch, refused)
      }
    }),
  )
})

function sum(rows: Map<string, Batch>, key: 'count' | 'bytes'): number {
  return [...rows.values()].reduce((total, batch) => total + batch[key], 0)
}

test('a batch that is dropped still tells the drops it bears, under its id, since some of it may have got there', () => {
  const { backlog, drops, rows, next } = startBacklog()
  drops.tell({ too_old: 3 })
  backlog.append(testRecords(2), '{}')
  backlog.close()
  const [whole] = backlog.idle()
  backlog.drop(whole!, 'buffer_overflow')
  assert.deepEqual(drops.total(), { buffer_overflow: 2 })
  assert.equal(backlog.totals().pending, 0)
  const kept = next()!
  assert.deepEqual([kept.id, kept.lines, kept.count, kept.drops], [whole!.id, '', 0, { too_old: 3 }])
  assert.equal(rows.get(kept.id)?.lines, '')
  backlog.confirm(kept, {})
  assert.deepEqual(drops.takeUntold(), { buffer_overflow: 2 })
})
