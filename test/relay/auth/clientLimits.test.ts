import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLimits } from '../../../relay/src/auth/limits.ts'
import type { AppConfig } from '../../../relay/src/config.ts'
import { testApp } from '../../support/testApp.ts'

const app = testApp({
  limits: {
    perClient: { requestsPerSecond: 200, bytesPerSecond: 10 * 1024 * 1024 },
    perSession: { recordsPerSecond: 1 },
  },
})
const oneAddress = '203.0.113.9'

test('an office of 2000 people behind one address, whose pages all send at once after an outage, is let in', () => {
  const clients = createLimits().clients([])
  for (let page = 0; page < 2000; page++) assert.equal(clients.enter(app, oneAddress, 10_000), undefined)
})

test('200,000 networks and as many sessions of strangers take a bounded amount of memory', () => {
  const rates = createLimits()
  const clients = rates.clients([])
  const { charge, trackedKeys } = rates
  const slow: AppConfig = {
    ...app,
    limits: { perClient: { requestsPerSecond: 0.01 }, perSession: { recordsPerSecond: 0.01 } },
  }
  const fill = (start: number) => {
    for (let i = start; i < start + 100_000; i++) {
      clients.enter(slow, `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`, 1_000_000)
      clients.enter(slow, `2001:db8:${(i >> 12).toString(16)}:${(i & 4095).toString(16)}::1`, 1_000_000)
      charge(slow, { session: `session-${i}`, records: 1000, bytes: 1000 })
    }
    return heapBytes()
  }
  const before = heapBytes()
  const filled = fill(0)
  const again = fill(100_000)
  assert.ok(trackedKeys() <= 100_002, `${trackedKeys()}`)
  assert.ok(filled - before < 40_000_000, `${filled - before} bytes`)
  assert.ok(again - filled < 4_000_000, `${again - filled} bytes more for others`)
})

test('addresses of ours are exempt, as ranges and by name; others are not', () => {
  const clients = createLimits().clients(['loopback', 'uniquelocal', '198.51.100.7', '2001:db8:1::/48'])
  for (const address of [
    '127.0.0.1',
    '::1',
    '::ffff:10.1.2.3',
    '192.168.0.1',
    'fd00::1',
    '198.51.100.7',
    '2001:db8:1::5',
  ])
    assert.equal(clients.isExempt(address), true, address)
  for (const address of ['128.0.0.1', '11.0.0.1', '198.51.100.8', '2001:db8:2::5', 'unknown', undefined])
    assert.equal(clients.isExempt(address), false, address)
})

function heapBytes(): number {
  // Only there with --expose-gc, which v8 can be told at any time.
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}
