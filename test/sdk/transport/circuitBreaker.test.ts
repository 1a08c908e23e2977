import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCircuitBreaker } from '../../../sdk/src/transport/circuitBreaker.ts'

const pauseMs = (failures: number) => failures * 100

test('it is closed until so many failures in a row, open for its pause, then half-open for a probe', () => {
  const breaker = createCircuitBreaker(3, pauseMs)
  assert.equal(breaker.state(0), 'closed')
  breaker.failed(0, 0)
  breaker.failed(0, 0)
  assert.equal(breaker.state(0), 'closed')
  breaker.failed(0, 0)
  assert.equal(breaker.state(0), 'open')
  assert.equal(breaker.waitMs(0), 300)
  assert.equal(breaker.state(300), 'half-open')
  assert.equal(breaker.waitMs(300), 0)
})

test('a probe that fails opens it again for longer, one that succeeds closes it', () => {
  const breaker = createCircuitBreaker(1, pauseMs)
  breaker.failed(0, 0)
  breaker.failed(100, 0)
  assert.equal(breaker.waitMs(100), 200)
  breaker.succeeded()
  assert.equal(breaker.state(100), 'closed')
  assert.equal(breaker.waitMs(100), 0)
  breaker.failed(100, 0)
  assert.equal(breaker.waitMs(100), 100)
})

test('the longer of its own pause and of all that the relay asked for counts', () => {
  const breaker = createCircuitBreaker(5, pauseMs)
  breaker.failed(0, 5000)
  assert.equal(breaker.waitMs(0), 5000)
  breaker.failed(1000, 50)
  assert.equal(breaker.waitMs(1000), 4000)
  breaker.succeeded()
  assert.equal(breaker.waitMs(1000), 4000)
})

test('haste ends a pause of its own while closed, but none that the relay asked for, and none while open', () => {
  const breaker = createCircuitBreaker(2, pauseMs)
  breaker.failed(0, 0)
  breaker.hurry(10)
  assert.equal(breaker.waitMs(10), 0)
  breaker.failed(10, 3000)
  breaker.hurry(20)
  assert.equal(breaker.waitMs(20), 2990)
  assert.equal(breaker.mayHurry(20), false)
  assert.equal(breaker.mayHurry(3010), true)
  breaker.failed(4000, 0)
  breaker.hurry(4010)
  assert.equal(breaker.waitMs(4010), 290)
})

test('a restart ends even the pause of an open breaker and lets pauses begin anew, but none that the relay asked for', () => {
  const breaker = createCircuitBreaker(2, pauseMs)
  for (let i = 0; i < 5; i++) breaker.failed(0, 0)
  breaker.restart(10)
  assert.deepEqual([breaker.state(10), breaker.waitMs(10)], ['closed', 0])
  breaker.failed(10, 3000)
  breaker.restart(20)
  assert.equal(breaker.waitMs(20), 2990)
  breaker.failed(3010, 0)
  assert.equal(breaker.waitMs(3010), 100)
})
