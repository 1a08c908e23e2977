import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from '../../../sdk/src/transport/backoff.ts'

const options = { baseDelayMs: 1000, maxDelayMs: 60_000 }

test('the longest possible pause doubles with each failure up to the limit', () => {
  const longest = [1, 2, 3, 6, 7, 8, 1000, 5000].map(failures => backoffMs(failures, options, () => 1))
  assert.deepEqual(longest, [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000, 60_000])
})

test('the jitter is full: any part of the pause may come', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      assert.equal(
        backoffMs(failures, options, () => random),
        random * backoffMs(failures, options, () => 1),
      )
    }),
  )
})
