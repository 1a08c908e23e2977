import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTokenBuckets } from '../../../relay/src/auth/tokenBuckets.ts'
import { retryAfterS } from '../../../relay/src/limitNames.ts'

function buckets(maxKeys = 10) {
  const clock = { nowMs: 5000 }
  return { clock, ...createTokenBuckets({ maxKeys, nowMs: () => clock.nowMs }) }
}

test('ten seconds of the rate may come at once, then as much as the rate', () => {
  const { clock, take, waitMs } = buckets()
  const passing = () => {
    let passed = 0
    for (; waitMs('a') === 0; passed++) take('a', 1, 5)
    return passed
  }
  assert.equal(passing(), 50)
  clock.nowMs += 1000
  assert.equal(passing(), 5)
  clock.nowMs += 3_600_000
  assert.equal(passing(), 50, 'a pause saves up no more than that')
})

test('what is larger than the whole bucket passes, and who comes next waits until it is paid', () => {
  const { clock, take, waitMs } = buckets()
  take('a', 49, 5)
  assert.equal(waitMs('a'), 0, 'something is left, so anything passes')
  take('a', 10_000, 5)
  const wait = waitMs('a')
  assert.ok(Math.abs(wait - 1_999_800) < 1, `${wait}`)
  clock.nowMs += wait - 1
  assert.ok(waitMs('a') > 0)
  clock.nowMs += 2
  assert.equal(waitMs('a'), 0)
})

test('after the pause that Retry-After names there is always something to take, be it an hour at most', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ amount: fc.nat(5000), pauseMs: fc.nat(5000) }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 1000 }),
      (steps, perSecond) => {
        const { clock, take, waitMs } = buckets()
        for (const { amount, pauseMs } of steps) {
          if (waitMs('a') === 0) take('a', amount, perSecond)
          clock.nowMs += pauseMs
        }
        const wait = waitMs('a')
        if (wait === 0) return
        const pauseS = retryAfterS(wait)
        assert.ok(Number.isInteger(pauseS) && pauseS >= 1 && pauseS <= 3600)
        clock.nowMs += pauseS * 1000
        assert.ok(waitMs('a') === 0 || pauseS === 3600)
      },
    ),
  )
})

test('what is given back can be taken again, and makes no bucket fuller than full', () => {
  const { take, waitMs, size } = buckets()
  take('a', 60, 5)
  take('a', -20, 5)
  assert.equal(waitMs('a'), 0)
  take('a', -1000, 5)
  assert.equal(size(), 0, 'full, so nothing needs to be known of it')
  take('a', 50, 5)
  assert.ok(waitMs('a') > 0)
})

test('a million keys leave no more than the bound in memory, and those in use stay', () => {
  const { take, waitMs, size } = buckets(1000)
  take('in use', 1000, 1)
  for (let i = 0; i < 1_000_000; i++) {
    take(`key ${i}`, 100, 1)
    if (i % 400 === 0) take('in use', 1, 1)
  }
  assert.ok(size() <= 1001 && size() > 500, `${size()}`)
  assert.ok(waitMs('in use') > 0)
})

test('buckets that have filled up are forgotten within a minute of use', () => {
  const { clock, take, waitMs, size } = buckets(10_000)
  for (let i = 0; i < 1000; i++) take(`key ${i}`, 1, 1)
  take('in debt', 1000, 1)
  assert.equal(size(), 1001)
  clock.nowMs += 60_001
  take('another', 1, 1)
  assert.equal(size(), 2)
  assert.ok(waitMs('in debt') > 0)
})
