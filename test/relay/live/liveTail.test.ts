import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createLiveTail } from '../../../relay/src/live/liveTail.ts'
import { liveRecord } from './liveServer.ts'

const messages = (entries: { line: string }[]) => entries.map(({ line }) => JSON.parse(line).message)

test('a viewer gets what came after the record it saw last, in order', () => {
  const tail = createLiveTail()
  tail.publish(['a', 'b', 'c'].map(message => liveRecord(message)))
  assert.deepEqual(messages(tail.since(0).entries), ['a', 'b', 'c'])
  assert.deepEqual(messages(tail.since(2).entries), ['c'])
  assert.deepEqual(tail.since(3), { entries: [], missed: 0 })
})

test('the oldest records leave a full ring, and a late viewer is told how many it missed', () => {
  const tail = createLiveTail({ maxRecords: 3 })
  tail.publish(['a', 'b', 'c', 'd', 'e'].map(message => liveRecord(message)))
  const { entries, missed } = tail.since(1)
  assert.deepEqual(messages(entries), ['c', 'd', 'e'])
  assert.equal(missed, 1)
  assert.equal(tail.counts().records, 5)
})

test('whatever is published, the ring keeps its bounds and an unbroken run of the newest records', () => {
  const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 20 }), { maxLength: 20 })
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 500, max: 20_000 }),
      (batches, maxRecords, maxBytes) => {
        const tail = createLiveTail({ maxRecords, maxBytes })
        for (const batch of batches) tail.publish(batch.map(size => liveRecord('', { line: 'x'.repeat(size) })))
        const published = batches.flat().length
        const { entries, missed } = tail.since(0)
        assert.ok(entries.length <= maxRecords)
        assert.ok(entries.reduce((sum, { line }) => sum + line.length, 0) <= maxBytes)
        assert.equal(missed + entries.length, published)
        assert.deepEqual(
          entries.map(({ id }) => id),
          entries.map((_, index) => missed + index + 1),
        )
      },
    ),
  )
})

test('a slice is bounded by records and by bytes, but always moves on', () => {
  const tail = createLiveTail()
  tail.publish([liveRecord('', { line: 'x'.repeat(5000) }), liveRecord('b'), liveRecord('c')])
  assert.equal(tail.since(0, { maxRecords: 2 }).entries.length, 2)
  assert.equal(tail.since(0, { maxBytes: 10 }).entries.length, 1)
})

test('equal refusals are counted together, the newest first, and strangers cannot fill the memory', () => {
  const tail = createLiveTail({ maxRefusals: 3 })
  for (const origin of ['https://a.example', 'https://b.example', 'https://a.example'])
    tail.refused({ code: 'origin_not_allowed', origin })
  assert.deepEqual(
    tail.refusals().map(({ origin, times }) => [origin, times]),
    [
      ['https://a.example', 2],
      ['https://b.example', 1],
    ],
  )
  for (let n = 0; n < 1000; n++)
    tail.refused({ code: 'unknown_key', origin: `https://${n}.example`, key: 'k'.repeat(100_000) })
  assert.equal(tail.refusals().length, 3)
  assert.ok(JSON.stringify(tail.refusals()).length < 2000)
})

test('counts survive names such as __proto__', () => {
  const tail = createLiveTail()
  tail.publish([liveRecord('a', { app: '__proto__', level: 'constructor' })])
  assert.deepEqual(Object.entries(tail.counts().byApp), [['__proto__', 1]])
  assert.deepEqual(Object.entries(tail.counts().byLevel), [['constructor', 1]])
})

test('subscribers are woken by each publish until they leave, and told of the end', () => {
  const tail = createLiveTail()
  const seen: boolean[] = []
  const left: boolean[] = []
  tail.subscribe(closed => seen.push(closed))
  tail.subscribe(closed => left.push(closed))()
  tail.publish([liveRecord('a')])
  tail.publish([])
  tail.close()
  assert.deepEqual(seen, [false, true])
  assert.deepEqual(left, [])
})
