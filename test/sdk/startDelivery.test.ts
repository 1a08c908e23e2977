import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { createDrops } from '../../sdk/src/drops.ts'
import type { BeaconError } from '../../sdk/src/errors.ts'
import { type DeliveryConfig, startDelivery } from '../../sdk/src/startDelivery.ts'
import { createClock } from '../../sdk/src/web/clock.ts'
import { createLocalStore } from '../../sdk/src/web/localStore.ts'
import { captureNativeMethods } from '../../sdk/src/web/nativeMethods.ts'
import { type Intake, type Script, startIntake } from '../support/intake.ts'
import { testRecords } from '../support/testBatch.ts'
import { waitFor } from '../support/waitFor.ts'

type Given = Partial<Omit<DeliveryConfig, 'buffer'>> & { buffer?: Partial<DeliveryConfig['buffer']> }

function start(intake: Intake, given: Given = {}) {
  const drops = createDrops()
  const errors: BeaconError[] = []
  const config: DeliveryConfig = {
    url: intake.url,
    key: 'pk_test',
    consent: 'granted',
    batch: { maxRecords: 10, maxBytes: 30_720, flushIntervalMs: 20 },
    retry: { baseDelayMs: 2, maxDelayMs: 20, breakerThreshold: 3 },
    timeoutMs: 100,
    ...given,
    buffer: { persistence: 'memory', maxBytes: 1_000_000, maxAgeMs: 60_000, whenFull: 'drop-oldest', ...given.buffer },
  }
  const delivery = startDelivery({
    config,
    drops,
    context: () => ({ app: 'test' }),
    clock: createClock(),
    store: createLocalStore(),
    report: error => errors.push(error),
    native: captureNativeMethods(),
  })
  let created = 0
  return {
    ...delivery,
    errors,
    drops,
    log(count: number, padBytes = 0) {
      delivery.append(testRecords(count, created, 'info', padBytes))
      created += count
    },
    assertBalance() {
      const { delivered, pending } = delivery.stats()
      const dropped = Object.values(drops.total()).reduce((sum, count) => sum + count, 0)
      assert.equal(created, delivered + dropped + pending)
    },
  }
}

async function intakeFor(t: TestContext): Promise<Intake> {
  const intake = await startIntake()
  t.after(intake.close)
  return intake
}

function assertStoredOnce({ stored }: Intake, count: number): void {
  assert.deepEqual(
    stored.map(({ n }) => n).sort((a, b) => a - b),
    Array.from({ length: count }, (_, n) => n),
  )
}

test('under any mix of faults each record is stored once in the end', async () => {
  const fault = fc.constantFrom<Script | undefined>(
    undefined,
    'reset',
    'resetAfterStore',
    'hang',
    { status: 500 },
    { status: 503, code: 'spool_full' },
    { status: 429, code: 'rate_limited' },
  )
  const largest = fc.integer({ min: 400, max: 2000 })
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), largest, async (faults, largestBytes) => {
      const intake = await startIntake()
      try {
        const page = start(intake)
        intake.script = ({ bytes }) => (bytes > largestBytes ? { status: 413 } : faults.shift())
        for (let i = 0; i < 4; i++) {
          page.log(13)
          await sleep(5)
          page.assertBalance()
        }
        await waitFor(() => page.flush(), { timeoutMs: 10_000, everyMs: 5, what: 'all to be delivered' })
        page.assertBalance()
        assert.equal(page.stats().pending, 0)
        assertStoredOnce(intake, 52)
        await page.close()
      } finally {
        await intake.close()
      }
    }),
    { numRuns: 25 },
  )
})

test('the circuit breaker opens after so many failures, and a probe closes it', async t => {
  const intake = await intakeFor(t)
  const page = start(intake, { retry: { baseDelayMs: 50, maxDelayMs: 50, breakerThreshold: 3 } })
  intake.script = () => ({ status: 500 })
  page.log(1)
  await waitFor(() => page.stats().breaker === 'open', { timeoutMs: 5000, everyMs: 1, what: 'the breaker to open' })
  assert.equal(page.stats().lastError?.code, 'relay_error')
  intake.script = () => undefined
  await waitFor(() => page.stats().delivered === 1, { timeoutMs: 5000, what: 'the record' })
  assert.equal(page.stats().breaker, 'closed')
  assert.equal(page.stats().lastError, undefined)
  assert.deepEqual(
    page.errors.map(({ code }) => code),
    ['relay_error'],
  )
})

test('while the breaker is open a flush fails at once and sends nothing', async t => {
  const intake = await intakeFor(t)
  const page = start(intake, { retry: { baseDelayMs: 1e6, maxDelayMs: 1e6, breakerThreshold: 1 } })
  intake.script = () => ({ status: 500 })
  page.log(1)
  assert.equal(await page.flush(), false)
  const attempts = intake.attempts.length
  assert.equal(await page.flush(), false)
  assert.equal(intake.attempts.length, attempts)
  await page.close()
})

test('an answer that is not of the relay never counts as delivery', async t => {
  const intake = await intakeFor(t)
  const page = start(intake)
  intake.script = () => ({ status: 200 })
  page.log(3)
  assert.equal(await page.flush(), false)
  assert.equal(page.stats().delivered, 0)
  assert.equal(page.stats().pending, 3)
  await page.close()
})

test('one poisonous batch does not hold up the others', async t => {
  const intake = await intakeFor(t)
  const page = start(intake)
  intake.script = ({ records }) => (records.some(({ n }) => n === 0) ? { status: 500 } : undefined)
  page.log(10)
  page.log(30)
  await waitFor(() => page.stats().delivered === 30, { timeoutMs: 5000, what: 'the healthy batches' })
  assert.equal(page.stats().pending, 10)
  page.assertBalance()
  await page.close()
})

test('a token that the host can not give is reported, and asked for again later', async t => {
  const intake = await intakeFor(t)
  let calls = 0
  const getToken = async () => {
    if (++calls < 3) throw new Error('not logged in')
    return 'good'
  }
  const page = start(intake, { getToken })
  page.log(1)
  await waitFor(() => page.stats().delivered === 1, { timeoutMs: 5000, what: 'the record' })
  assert.equal(intake.attempts[0]?.header.token, 'good')
  assert.deepEqual(
    page.errors.map(({ code }) => code),
    ['token_rejected'],
  )
})

test('a host whose getToken throws or never answers does no harm', async t => {
  const intake = await intakeFor(t)
  for (const getToken of [
    () => new Promise<string>(() => {}),
    () => {
      throw new Error('of the host')
    },
  ]) {
    const page = start(intake, { getToken })
    page.log(1)
    assert.equal(await page.flush(), false)
    assert.equal(page.stats().pending, 1)
    await page.close()
  }
  assert.equal(intake.attempts.length, 0)
})

test('a relay that demands a token of a page without one stops it, and nothing is lost', async t => {
  const intake = await intakeFor(t)
  const page = start(intake)
  intake.script = () => ({ status: 401, code: 'token_required' })
  page.log(1)
  assert.equal(await page.flush(), false)
  assert.equal(await page.flush(), false)
  assert.equal(intake.attempts.length, 1)
  assert.equal(page.stats().pending, 1)
})

test('without persistence what fails once is dropped and counted', async t => {
  const intake = await intakeFor(t)
  const page = start(intake, { buffer: { persistence: 'none' } })
  intake.script = () => (intake.attempts.length === 1 ? { status: 500 } : undefined)
  page.log(5)
  await page.flush()
  page.log(5)
  await page.flush()
  assert.deepEqual(page.drops.total(), { buffer_overflow: 5 })
  page.assertBalance()
})

test('the buffer stays within its bounds through an outage, and what goes is counted', async t => {
  const intake = await intakeFor(t)
  await intake.down()
  const page = start(intake, { buffer: { maxBytes: 20_000 } })
  for (let i = 0; i < 100; i++) {
    page.log(10, 100)
    assert.ok(page.stats().bytes <= 20_000 + 2500)
    page.assertBalance()
  }
  assert.ok((page.drops.total().buffer_overflow ?? 0) > 500)
  await intake.up()
  await waitFor(() => page.flush(), { timeoutMs: 10_000, what: 'all to be delivered' })
  page.assertBalance()
  assert.equal(intake.stored.length, page.stats().delivered)
  const told = intake.attempts.flatMap(({ header }) => header.drops?.buffer_overflow ?? [])
  assert.ok(told.length > 0)
})

test('an idle page has no timer running', async t => {
  const intake = await intakeFor(t)
  const running = new Set<unknown>()
  const native = captureNativeMethods()
  const page = startDelivery({
    config: { ...idleConfig, url: intake.url },
    drops: createDrops(),
    context: () => ({}),
    clock: createClock(),
    store: createLocalStore(),
    report() {},
    native: {
      ...native,
      setTimeout(callback, delayMs) {
        const id = native.setTimeout(() => {
          running.delete(id)
          callback()
        }, delayMs)
        running.add(id)
        return id
      },
      clearTimeout(id) {
        running.delete(id)
        native.clearTimeout(id)
      },
    },
  })
  page.append(testRecords(5))
  assert.ok(running.size > 0)
  assert.equal(await page.flush(), true)
  await waitFor(() => running.size === 0, { timeoutMs: 5000, what: 'the last timer' })
})

const idleConfig: DeliveryConfig = {
  url: '',
  key: 'pk_idle',
  consent: 'granted',
  batch: { maxRecords: 10, maxBytes: 30_720, flushIntervalMs: 20 },
  buffer: { persistence: 'memory', maxBytes: 1_000_000, maxAgeMs: 60_000, whenFull: 'drop-oldest' },
  retry: { baseDelayMs: 2, maxDelayMs: 20, breakerThreshold: 3 },
  timeoutMs: 1000,
}
