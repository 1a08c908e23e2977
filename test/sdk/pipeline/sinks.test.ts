import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../../sdk/src/config.ts'
import { createDrops } from '../../../sdk/src/drops.ts'
import type { BeaconError } from '../../../sdk/src/errors.ts'
import { createHookFaults } from '../../../sdk/src/hookFault.ts'
import { createPipeline } from '../../../sdk/src/pipeline/pipeline.ts'
import { createSinks } from '../../../sdk/src/pipeline/sinks.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

test('each sink gets each record as it is sent, and what it does with it changes nothing', () => {
  const told: WireRecord[] = []
  const spoil = (record: WireRecord) => {
    record.message = 'spoilt'
    Object.assign(record.attributes!, { more: 1 })
  }
  const { log, records } = sinksOf([spoil, record => told.push(record)])
  log('one')
  assert.deepEqual(told, records)
  assert.deepEqual(records[0]!.attributes, { a: 1 })
  assert.equal(records[0]!.message, 'one')
})

test('a sink that throws or rejects is reported once, and the others go on', async () => {
  const told: WireRecord[] = []
  const { log, records, reports, hookFaults } = sinksOf([
    () => {
      throw new Error('broken')
    },
    async () => {
      throw new Error('broken later')
    },
    record => told.push(record),
  ])
  log('one')
  log('two')
  await sleep(1)
  assert.equal(told.length, 2)
  assert.equal(records.length, 2)
  assert.deepEqual(
    reports.map(({ code, cause }) => [code, (cause as Error).message]),
    [
      ['invalid_option', 'broken'],
      ['invalid_option', 'broken later'],
    ],
  )
  assert.deepEqual(hookFaults.counts(), { sinks: 4 })
})

test('what a sink logs is sent, and told to none, so that it ends', () => {
  const told: string[] = []
  const { log, drain, records } = sinksOf([
    ({ message }) => {
      told.push(message)
      log(`told ${message}`)
    },
  ])
  log('one')
  for (let i = 0; i < 5; i++) drain()
  assert.deepEqual(told, ['one'])
  assert.deepEqual(
    records.map(({ message }) => message),
    ['one', 'told one'],
  )
})

test('while consent is pending sinks are told nothing; then of what waited, or never', () => {
  const told: string[] = []
  const { log, sinks } = sinksOf([({ message }) => told.push(message)])
  sinks.setConsent('pending')
  log('one')
  sinks.setConsent('pending')
  assert.deepEqual(told, [])
  sinks.setConsent('granted')
  assert.deepEqual(told, ['one'])
  sinks.setConsent('pending')
  log('two')
  sinks.setConsent('denied')
  sinks.setConsent('granted')
  log('three')
  assert.deepEqual(told, ['one', 'three'])
})

function sinksOf(given: Config['sinks']) {
  const records: WireRecord[] = []
  const reports: BeaconError[] = []
  const native = captureNativeMethods()
  const report = (error: BeaconError) => reports.push(error)
  const hookFaults = createHookFaults(report)
  const sinks = createSinks(given, hookFaults.of, native)
  const pipeline = createPipeline({
    stages: [],
    sinks,
    maxChars: 1e9,
    drops: createDrops(),
    clock: { wallMs: () => 1000, monotonicMs: () => 0 },
    native,
    append: lines => records.push(...lines.map(({ line }) => JSON.parse(line) as WireRecord)),
    report,
    note: () => true,
  })
  const log = (message: string) => {
    pipeline.take({ kind: 'log', level: 'info' }, message, { a: 1 })
    pipeline.drain()
  }
  return { log, drain: pipeline.drain, sinks, records, reports, hookFaults }
}
