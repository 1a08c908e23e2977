import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from '../../../relay/src/upstream/backoff.ts'

test('the bound doubles with each failure up to the longest pause', () => {
  const bounds = [1, 2, 3, 8, 9, 10, 1000].map(failures =>
    backoffMs(failures, { baseMs: 100, maxMs: 30_000, random: () => 1 }),
  )
  assert.deepEqual(bounds, [100, 200, 400, 12_800, 25_600, 30_000, 30_000])
})

test('pauses are spread over all of the time below the bound', () => {
  const options = { baseMs: 100, maxMs: 30_000 }
  assert.equal(backoffMs(5, { ...options, random: () => 0 }), 0)
  assert.equal(backoffMs(5, { ...options, random: () => 0.5 }), 800)
  const pauses = Array.from({ length: 1000 }, () => backoffMs(5, options))
  assert.ok(Math.min(...pauses) < 200 && Math.max(...pauses) > 1400)
  assert.ok(pauses.every(ms => ms >= 0 && ms <= 1600))
})
