import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRepeats } from '../../../sdk/src/pipeline/repeats.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'
import { exception } from './exception.ts'

describe('repeats', () => {
  test('of 445 equal exceptions ten pass, and one record tells of the others when the minute is over', () => {
    const page = pageOf()
    assert.deepEqual(page.throwEach('a', 445), [10, 435])
    assert.deepEqual(page.told, [])
    page.pass(59_000)
    assert.deepEqual(page.told, [])
    page.pass(1000)
    assert.deepEqual(page.told, [['a', 435]])
  })

  test('nothing waits and no timer runs where nothing was dropped, or all was told', () => {
    const page = pageOf()
    page.throwEach('a', 10)
    assert.equal(page.timers(), 0)
    page.throwEach('a', 1)
    page.throwEach('b', 20)
    assert.equal(page.timers(), 1)
    page.pass(60_000)
    assert.deepEqual([page.timers(), page.told.length], [0, 2])
    page.pass(600_000)
    assert.equal(page.told.length, 2)
  })

  test('the next minute starts anew', () => {
    const page = pageOf()
    page.throwEach('a', 12)
    page.pass(60_000)
    assert.deepEqual(page.throwEach('a', 12), [10, 2])
  })

  test('what was dropped is told before the next minute starts, also where the timer was late', () => {
    const page = pageOf()
    page.throwEach('a', 12)
    page.sleep(90_000)
    assert.deepEqual(page.throwEach('a', 1), [1, 0])
    assert.deepEqual([page.told, page.timers()], [[['a', 2]], 0])
  })

  test('told at once, as the page is left, only what comes on top is told later', () => {
    const page = pageOf()
    page.throwEach('a', 15)
    page.repeats.tell()
    page.repeats.tell()
    assert.deepEqual([page.told, page.timers()], [[['a', 5]], 0])
    assert.deepEqual(page.throwEach('a', 3), [0, 3])
    page.pass(60_000)
    assert.deepEqual(page.told, [
      ['a', 5],
      ['a', 3],
    ])
  })

  test('what the page has logged, what differs, and the record that tells pass', () => {
    const page = pageOf()
    page.throwEach('a', 20)
    for (const record of [
      exception({}, { fingerprint: 'a', mechanism: 'log' }),
      exception({}, { fingerprint: 'a', repeated: 10 }),
      exception({}, { fingerprint: 'b' }),
      exception({}),
      { ...exception({}, { fingerprint: 'a' }), kind: 'log' as const },
    ])
      assert.equal(page.repeats.stage(record), record)
  })

  test('a thousand different faults, each of them in a loop, fill no memory without end', () => {
    const page = pageOf()
    for (let i = 0; i < 1000; i++) page.throwEach(`fault ${i}`, 12)
    page.repeats.tell()
    assert.equal(page.told.length, 500)
  })
})

function pageOf() {
  const told: [string | undefined, number][] = []
  const timers = new Map<number, { atMs: number; run: () => void }>()
  let nowMs = 5
  let lastTimer = 0
  const repeats = createRepeats({
    perFingerprint: 10,
    tellOf: ({ fingerprint }: WireRecord, repeated) => told.push([fingerprint, repeated]),
    monotonicMs: () => nowMs,
    native: {
      setTimeout(run, delayMs) {
        timers.set(++lastTimer, { atMs: nowMs + delayMs, run })
        return lastTimer
      },
      clearTimeout: id => void timers.delete(id!),
    },
  })
  return {
    repeats,
    told,
    timers: () => timers.size,
    /** How many passed, and how many did not. */
    throwEach(fingerprint: string, count: number): [number, number] {
      const results = Array.from({ length: count }, () => repeats.stage(exception({}, { fingerprint })))
      const dropped = results.filter(result => result === 'repeated').length
      return [count - dropped, dropped]
    },
    pass(ms: number) {
      nowMs += ms
      for (const [id, { atMs, run }] of timers) if (atMs <= nowMs && timers.delete(id)) run()
    },
    /** A timer of a frozen page does not run. */
    sleep(ms: number) {
      nowMs += ms
    },
  }
}
