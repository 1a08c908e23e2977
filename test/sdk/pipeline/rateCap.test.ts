import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRateCap } from '../../../sdk/src/pipeline/rateCap.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

const log: WireRecord = { n: 1, t: 1000, kind: 'log', level: 'info', message: 'm' }
const exception: WireRecord = { ...log, kind: 'exception', level: 'error' }

test('in a minute so many records are taken, and half as many more exceptions', () => {
  let nowMs = 1000
  const cap = createRateCap(10, () => nowMs)
  const taken = (record: WireRecord, count: number) =>
    Array.from({ length: count }, () => cap(record)).filter(result => result !== 'rate_limited').length
  assert.equal(taken(log, 30), 10)
  assert.equal(taken(exception, 30), 5)
  nowMs = 60_999
  assert.equal(taken(log, 30), 0)
  nowMs = 61_000
  assert.equal(taken(log, 30), 10)
})

test('a record that bears a time in the future, or long ago, does not stop the minute', () => {
  const yearMs = 365 * 86_400_000
  for (const t of [log.t + yearMs, log.t - yearMs, Number.POSITIVE_INFINITY]) {
    let nowMs = 0
    const cap = createRateCap(10, () => nowMs)
    cap({ ...log, t })
    for (; nowMs < 7_200_000; nowMs += 12_000) assert.equal(cap(log), log, `${t} after ${nowMs} ms`)
  }
})

test('the record that tells of repetitions is always taken, and takes nobody’s place', () => {
  const cap = createRateCap(2, () => 0)
  const summary: WireRecord = { ...exception, repeated: 445 }
  assert.deepEqual([summary, log, log, log, summary].map(cap), [summary, log, log, 'rate_limited', summary])
})

test('exceptions alone may be half as many more than the limit', () => {
  const cap = createRateCap(2, () => 0)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => cap(exception) === exception),
    [true, true, true, false],
  )
})

test('whatever comes when, no minute that the cap counts takes more than its limit', () => {
  const anyRecord = fc.record({ afterMs: fc.nat(30_000), isException: fc.boolean() })
  fc.assert(
    fc.property(fc.nat(20), fc.array(anyRecord, { maxLength: 200 }), (limit, records) => {
      let nowMs = 0
      const cap = createRateCap(limit, () => nowMs)
      const taken: number[] = []
      for (const { afterMs, isException } of records) {
        nowMs += afterMs
        if (cap(isException ? exception : log) !== 'rate_limited') taken.push(nowMs)
      }
      // Two windows meet in any minute at most.
      for (const from of taken)
        assert.ok(taken.filter(at => at >= from && at < from + 60_000).length <= 2 * Math.ceil(limit * 1.5))
    }),
  )
})
