import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDayQuotas } from '../../../relay/src/auth/dayQuotas.ts'

const hourMs = 3_600_000

function quotasAt(iso: string) {
  const clock = { nowMs: Date.parse(iso) }
  return { clock, ...createDayQuotas(() => clock.nowMs) }
}

test('the quota is used up until midnight UTC, then there is a new one', () => {
  const { clock, take, waitMs } = quotasAt('2026-11-20T21:00:00Z')
  take('a', 99, 100)
  assert.equal(waitMs('a', 100), 0)
  take('a', 1, 100)
  assert.equal(waitMs('a', 100), 3 * hourMs)
  assert.equal(waitMs('b', 100), 0, 'that of another one is its own')
  clock.nowMs += 3 * hourMs - 1
  assert.equal(waitMs('a', 100), 1)
  clock.nowMs += 1
  assert.equal(waitMs('a', 100), 0)
})

test('what the last batch took beyond it is taken off the next days', () => {
  const { clock, take, waitMs } = quotasAt('2026-11-20T12:00:00Z')
  take('a', 250, 100)
  clock.nowMs += 24 * hourMs
  assert.ok(waitMs('a', 100) > 0, '150 left to pay, and 100 a day')
  clock.nowMs += 24 * hourMs
  assert.equal(waitMs('a', 100), 0)
  take('a', 50, 100)
  assert.ok(waitMs('a', 100) > 0, 'the other 50 of this day were taken before')
})

test('what is given back can be used again', () => {
  const { take, waitMs } = quotasAt('2026-11-20T12:00:00Z')
  take('a', 100, 100)
  take('a', -30, 100)
  assert.equal(waitMs('a', 100), 0)
})

test('a clock that is set to another year and back neither frees a quota nor holds it for a year', () => {
  const { clock, take, waitMs } = quotasAt('2026-11-20T12:00:00Z')
  take('a', 100, 100)
  clock.nowMs -= 365 * 24 * hourMs
  assert.ok(waitMs('a', 100) > 0)
  take('a', 0, 100)
  clock.nowMs += 365 * 24 * hourMs
  clock.nowMs += 24 * hourMs
  assert.equal(waitMs('a', 100), 0)
  clock.nowMs += 365 * 24 * hourMs
  take('a', 100, 100)
  clock.nowMs -= 365 * 24 * hourMs
  take('a', 0, 100)
  clock.nowMs += 24 * hourMs
  assert.equal(waitMs('a', 100), 0, 'the next midnight counts, not that of next year')
})

test('one that was used up while the clock was ahead is there again at the next midnight after it was set right', () => {
  const { clock, take, waitMs } = quotasAt('2027-11-20T12:00:00Z')
  take('a', 100, 100)
  clock.nowMs -= 365 * 24 * hourMs
  assert.equal(waitMs('a', 100), 12 * hourMs)
  clock.nowMs += 12 * hourMs
  assert.equal(waitMs('a', 100), 0)
})
