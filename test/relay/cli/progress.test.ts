import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProgress } from '../../../relay/src/cli/progress.ts'

test('long work tells how far it is once a second, and short work nothing', t => {
  const told = t.mock.method(console, 'error', () => {})
  let nowMs = 5000
  t.mock.method(performance, 'now', () => nowMs)
  const progress = startProgress('of 9,000 records put back')
  for (let done = 300; done <= 9000; done += 300) {
    nowMs += 100
    progress(done)
  }
  assert.deepEqual(
    told.mock.calls.map(({ arguments: [line] }) => line),
    ['3,000 of 9,000 records put back', '6,000 of 9,000 records put back', '9,000 of 9,000 records put back'],
  )
})
