import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLokiClock } from '../../../relay/src/upstream/lokiClock.ts'

const startMs = Date.UTC(2026, 10, 21, 12)

test("until Loki has told its time ours stands in, and a jump of ours is none of Loki's", () => {
  let [wallMs, monotonicMs] = [startMs, 500]
  const clock = createLokiClock(
    () => wallMs,
    () => monotonicMs,
  )
  assert.equal(clock.nowMs(), startMs)
  wallMs += 3 * 3_600_000
  monotonicMs += 1500.25
  assert.equal(clock.nowMs(), startMs + 1500.25)
})

test('what Loki tells counts where it is off by more than an answer takes, and nonsense does not', () => {
  let monotonicMs = 0
  const clock = createLokiClock(
    () => startMs,
    () => monotonicMs,
  )
  clock.told(new Date(startMs - 1000).toUTCString())
  assert.equal(clock.nowMs(), startMs, 'whole seconds, cut off')
  clock.told(new Date(startMs - 3_600_000).toUTCString())
  assert.equal(clock.nowMs(), startMs - 3_600_000)
  monotonicMs += 250
  for (const date of [undefined, '', 'soon']) clock.told(date)
  assert.equal(clock.nowMs(), startMs - 3_600_000 + 250)
})
