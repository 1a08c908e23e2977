import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createClockOffset } from '../../../sdk/src/transport/clockOffset.ts'

test('nothing is known before the first exchange', () => {
  assert.equal(createOffset().offsetMs(), undefined)
})

test('the shortest round trip decides, and its measurement stays', () => {
  const offset = createOffset()
  offset.learn({ sentAtMs: 1000, roundTripMs: 100, relayMs: 6050 })
  assert.equal(offset.offsetMs(), 5000)
  offset.learn({ sentAtMs: 2000, roundTripMs: 900, relayMs: 7900 })
  assert.equal(offset.offsetMs(), 5000)
  offset.learn({ sentAtMs: 3000, roundTripMs: 10, relayMs: 8025 })
  assert.equal(offset.offsetMs(), 5020)
})

test('a measurement that contradicts the best one shows that a clock was set, and counts from then on', () => {
  const offset = createOffset()
  offset.learn({ sentAtMs: 1000, roundTripMs: 10, relayMs: 6005 })
  offset.learn({ sentAtMs: 2000, roundTripMs: 400, relayMs: 3_607_200 })
  assert.equal(offset.offsetMs(), 3_605_000)
  offset.learn({ sentAtMs: 3000, roundTripMs: 300, relayMs: 3_608_160 })
  assert.equal(offset.offsetMs(), 3_605_010)
})

test('an offset within the error of its measurement is none', () => {
  const offset = createOffset()
  offset.learn({ sentAtMs: 1000, roundTripMs: 200, relayMs: 1000 + 199 })
  assert.equal(offset.offsetMs(), 0)
})

test('an answer without a time teaches nothing', () => {
  const offset = createOffset()
  offset.learn({ sentAtMs: 1000, roundTripMs: 1, relayMs: undefined as unknown as number })
  offset.learn({ sentAtMs: 1000, roundTripMs: 1, relayMs: Number.NaN })
  assert.equal(offset.offsetMs(), undefined)
})

test('wherever in the round trip the relay read its clock, the error is at most half of it', () => {
  const ms = fc.integer({ min: 0, max: 5000 })
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), ms, ms, (trueOffsetMs, wayThereMs, wayBackMs) => {
      const offset = createOffset()
      const roundTripMs = wayThereMs + wayBackMs
      offset.learn({ sentAtMs: 1e12, roundTripMs, relayMs: 1e12 + wayThereMs + trueOffsetMs })
      // Half for the measurement, half for taking a small offset for none, and the rounding.
      assert.ok(Math.abs(offset.offsetMs()! - trueOffsetMs) <= roundTripMs + 1)
    }),
  )
})

test('what an earlier page measured serves until the first answer, and no longer', () => {
  const items = new Map<string, string>()
  createOffset(items, 1000).learn({ sentAtMs: 1000, roundTripMs: 2, relayMs: 6001 })
  const next = createOffset(items, 2000)
  assert.equal(next.offsetMs(), 5000)
  next.learn({ sentAtMs: 2000, roundTripMs: 900, relayMs: 12_450 })
  assert.equal(next.offsetMs(), 10_000)
})

test('a measurement of long ago, or of the future, or of somebody else, is none', () => {
  const items = new Map<string, string>()
  createOffset(items, 1e12).learn({ sentAtMs: 1e12, roundTripMs: 2, relayMs: 1e12 + 5001 })
  assert.equal(createOffset(items, 1e12 + 23 * 3_600_000).offsetMs(), 5000)
  assert.equal(createOffset(items, 1e12 + 25 * 3_600_000).offsetMs(), undefined)
  assert.equal(createOffset(items, 1e12 - 1).offsetMs(), undefined)
  for (const text of ['', 'x', '1e99.1000', '5.', '{}'])
    assert.equal(createOffset(new Map([['loki-beacon:clock', text]]), 1000).offsetMs(), undefined)
})

function createOffset(items = new Map<string, string>(), nowMs = 0) {
  const store = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, text: string) => items.set(name, text) === items,
  }
  return createClockOffset(store, () => nowMs)
}
