import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCircuitBreaker } from '../../../relay/src/upstream/circuitBreaker.ts'

function breakerWithClock() {
  const clock = { nowMs: 1000 }
  return { clock, breaker: createCircuitBreaker({ threshold: 3, openMs: 500, nowMs: () => clock.nowMs }) }
}

test('it opens after so many failures in a row, and not before', () => {
  const { breaker } = breakerWithClock()
  breaker.failed()
  breaker.failed()
  assert.equal(breaker.state(), 'closed')
  assert.equal(breaker.waitMs(), 0)
  breaker.failed()
  assert.equal(breaker.state(), 'open')
  assert.equal(breaker.waitMs(), 500)
})

test('a success in between starts the count anew', () => {
  const { breaker } = breakerWithClock()
  breaker.failed()
  breaker.failed()
  breaker.succeeded()
  breaker.failed()
  assert.equal(breaker.state(), 'closed')
})

test('when its time is over one failure opens it again, and one success closes it', () => {
  const { breaker, clock } = breakerWithClock()
  for (let i = 0; i < 3; i++) breaker.failed()
  clock.nowMs += 500
  assert.equal(breaker.state(), 'half-open')
  assert.equal(breaker.waitMs(), 0)
  breaker.failed()
  assert.equal(breaker.state(), 'open')
  clock.nowMs += 499
  assert.equal(breaker.state(), 'open')
  clock.nowMs += 1
  assert.equal(breaker.state(), 'half-open')
  breaker.succeeded()
  assert.equal(breaker.state(), 'closed')
})
