import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { limitRepeats } from '../../relay/src/limitRepeats.ts'
import { createLog } from '../../relay/src/log.ts'
import { waitFor } from '../support/waitFor.ts'
import { startOperatedRelay } from './operator/operatedRelay.ts'

describe('repeated log messages', () => {
  test('the same message comes once a minute, with the number of those held back', t => {
    const { log, lines, passMs } = start(t)
    for (let second = 0; second < 150; second++) {
      log.warn({ lane: 'a' }, 'has to wait')
      passMs(1000)
    }
    assert.deepEqual(lines(), [
      { level: 'warn', lane: 'a', msg: 'has to wait' },
      { level: 'warn', lane: 'a', heldBack: 59, msg: 'has to wait' },
      { level: 'warn', lane: 'a', heldBack: 60, msg: 'has to wait' },
    ])
    passMs(60_000)
    assert.equal(lines().at(-1).heldBack, 30)
    passMs(60_000)
    log.warn({ lane: 'a' }, 'has to wait')
    assert.deepEqual(lines().at(-1), { level: 'warn', lane: 'a', msg: 'has to wait' })
    assert.equal(lines().length, 5)
  })

  test('of different lanes each has its line, up to twenty a minute: all of a thousand lanes would be a flood', t => {
    const { log, lines, passMs } = start(t)
    for (let lane = 0; lane < 1000; lane++) log.warn({ lane }, 'has to wait')
    assert.equal(lines().length, 20)
    passMs(60_000)
    assert.deepEqual(lines().at(-1), { level: 'warn', lane: 999, heldBack: 980, msg: 'has to wait' })
  })

  test('another message, another level and a change of the level are not held back', t => {
    const { log, own, lines } = start(t)
    log.warn({ lane: 'a' }, 'has to wait')
    log.info({ lane: 'a' }, 'has to wait')
    log.warn({ lane: 'a' }, 'is refused')
    log.error('has to wait')
    for (let i = 0; i < 3; i++) log.fatal('the spool failed')
    assert.equal(lines().length, 7)
    own.level = 'error'
    log.warn('not told')
    assert.equal(lines().length, 7)
  })

  test('what is held back at the end is told then', t => {
    const { log, flush, lines } = start(t)
    for (let i = 0; i < 5; i++) log.error({ err: { name: 'TypeError' } }, 'a request failed')
    flush()
    assert.equal(lines().at(-1).heldBack, 4)
    assert.equal(lines().length, 2)
  })
})

test('a Loki that comes and goes does not fill the log of the relay', async t => {
  const { relay, loki, log, metric } = await startOperatedRelay(t)
  loki.always(() => (loki.pushes.length % 2 === 1 ? { status: 429, text: 'ingestion rate limit exceeded' } : {}))
  for (let i = 0; i < 8; i++) {
    await log(`message ${i}`)
    await waitFor(async () => (await metric('records_pending')) === 0, { timeoutMs: 20_000, what: 'it to be shipped' })
  }
  assert.equal(relay.output().split('shipping to Loki has to wait').length - 1, 1)
  await relay.kill('SIGTERM')
  const [, heldBack] = /"heldBack":(\d+),"msg":"shipping to Loki has to wait"/.exec(relay.output()) ?? []
  assert.equal(heldBack, '7')
})

function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const written: string[] = []
  const own = createLog('info', { write: line => written.push(line) })
  const lines = () =>
    written.map(line => {
      const { time: _, ...rest } = JSON.parse(line)
      return rest
    })
  return { own, ...limitRepeats(own), lines, passMs: (ms: number) => t.mock.timers.tick(ms) }
}
