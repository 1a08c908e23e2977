import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClock } from '../../../sdk/src/web/clock.ts'
import { createTaskClock } from '../../../sdk/src/web/taskClock.ts'

describe('clock', () => {
  test('wall time has a fraction and agrees with the system', () => {
    const clock = createClock()
    assertAgrees(clock.wallMs, Date.now)
    const fractions = new Set(Array.from({ length: 50 }, () => clock.wallMs() % 1))
    assert.ok(fractions.size > 1)
  })

  test('a page held up while the clock starts is not late for ever', t => {
    const realNow = Date.now
    let heldUpMs = -30
    t.mock.method(Date, 'now', () => realNow() + heldUpMs)
    const clock = createClock()
    heldUpMs = 0
    for (let i = 0; i < 100; i++) assertAgrees(clock.wallMs, realNow)
  })

  test('follows the system forward, after a sleep, and not back, when someone sets it', t => {
    const realNow = Date.now
    let shiftMs = 0
    t.mock.method(Date, 'now', () => realNow() + shiftMs)
    const clock = createClock()
    const startMs = clock.wallMs()
    shiftMs = 3_600_000
    const afterSleepMs = clock.wallMs()
    assert.ok(afterSleepMs - startMs >= 3_599_000 && afterSleepMs - startMs < 3_601_000)
    shiftMs = 0
    assert.ok(clock.wallMs() >= afterSleepMs)
  })
})

describe('clock of a task', () => {
  test('the first sixteen readings of a task are exact, a loop reads one in a millisecond', async () => {
    let wallMs = 0
    let coarseMs = 0
    const clock = createTaskClock({ wallMs: () => ++wallMs, monotonicMs: () => 0 }, queueMicrotask, () => coarseMs)
    const readings = Array.from({ length: 16 }, clock)
    assert.deepEqual(
      readings,
      Array.from({ length: 16 }, (_, i) => i + 1),
    )
    for (let i = 0; i < 800; i++) clock()
    assert.equal(wallMs, 16)
    coarseMs++
    clock()
    clock()
    assert.equal(wallMs, 17)
    await Promise.resolve()
    const before = wallMs
    clock()
    clock()
    assert.equal(wallMs, before + 2)
  })

  test('a loop that is held up gets the time after it', () => {
    let nowMs = 0
    const now = () => nowMs
    const clock = createTaskClock({ wallMs: now, monotonicMs: now }, queueMicrotask, now)
    for (let i = 0; i < 1001; i++) clock()
    nowMs += 8
    assert.equal(clock(), 8)
  })
})

/** Within the rounding of both, however long the test itself is held up between them. */
function assertAgrees(wallMs: () => number, systemMs: () => number): void {
  const beforeMs = systemMs()
  const ms = wallMs()
  assert.ok(ms >= beforeMs - 3 && ms <= systemMs() + 3, `${ms} is not from ${beforeMs} to ${systemMs()}`)
}
