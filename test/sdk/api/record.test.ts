import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInertBeacon } from '../../../sdk/src/api/inertBeacon.ts'
import { createLogger } from '../../../sdk/src/api/logger.ts'
import { toWireRecord } from '../../../sdk/src/pipeline/rawRecord.ts'
import { createTake } from '../../../sdk/src/pipeline/take.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

/** A logger over a real `take`; its clock stands at 1000 ms. */
function start(minLevel: 'trace' | 'warn' = 'trace') {
  const records: WireRecord[] = []
  const faults: unknown[] = []
  const printed: unknown[][] = []
  const warnings: string[] = []
  let nowMs = 1000
  const take = createTake({
    add: raw => records.push(toWireRecord({ ...raw, t: nowMs })),
    onFault: cause => assert.fail(String(cause)),
    note: () => true,
  })
  const beacon = {
    ...createInertBeacon(),
    take,
    fail: (cause: unknown) => void faults.push(cause),
    backdate(wallMs: number, work: () => void) {
      nowMs = wallMs
      work()
      nowMs = 1000
    },
  }
  const print = (...values: unknown[]) => printed.push(values)
  const logger = createLogger({ beacon, minLevel, print, warn: text => warnings.push(text) })
  return { records, faults, printed, warnings, logger }
}

test('a record of another logger keeps its time and trace', () => {
  const { logger, records } = start()
  logger.record({ level: 'warn', message: 'low', attributes: { a: 1 }, timeMs: 7, traceId: 't', spanId: 's' })
  logger.record({ level: 'error', message: new Error('no') })
  const [low, failed] = records
  assert.deepEqual([low!.t, low!.level, low!.message, low!.trace, low!.span], [7, 'warn', 'low', 't', 's'])
  assert.deepEqual(low!.attributes, { a: 1 })
  assert.deepEqual([failed!.t, failed!.kind, failed!.trace], [1000, 'exception', undefined])
})

test('a time that is none is now', () => {
  const { logger, records } = start()
  for (const timeMs of [Number.NaN, Number.POSITIVE_INFINITY, 'x' as never])
    logger.record({ level: 'info', message: 'x', timeMs })
  assert.deepEqual(
    records.map(({ t }) => t),
    [1000, 1000, 1000],
  )
})

test('it is printed like any other, and not made below the least level', () => {
  const { logger, records, printed } = start('warn')
  logger.record({ level: 'info', message: 'quiet' })
  logger.record({ level: 'warn', message: 'loud' })
  assert.equal(records.length, 1)
  assert.deepEqual(
    printed.map(([level, message]) => [level, message]),
    [['warn', 'loud']],
  )
})

test('one that can’t be read throws nothing, and is told as a fault', () => {
  const { logger, records, faults } = start()
  const broken = new Error('broken')
  const unreadable = {
    get level(): never {
      throw broken
    },
  }
  for (const entry of [undefined, null, unreadable]) logger.record(entry as never)
  assert.equal(records.length, 0)
  assert.deepEqual([faults.length, faults[2]], [3, broken])
})

test('what is no level counts as info, with one warning for all loggers', () => {
  const { logger, records, printed, warnings } = start()
  const child = logger.with({ a: 1 })
  for (const level of ['warning', 'INFO', undefined, 3]) child.record({ level, message: String(level) } as never)
  logger.setMinLevel('loud' as never)
  const expected = ['warning', 'INFO', 'undefined', '3'].map(message => ['info', message])
  assert.deepEqual(
    records.map(({ level, message }) => [level, message]),
    expected,
  )
  assert.deepEqual(
    printed.map(([level, message]) => [level, message]),
    expected,
  )
  assert.deepEqual(warnings, ['record: the levels are trace, debug, info, warn, error, fatal'])
  logger.setMinLevel('warn')
  logger.record({ level: 'warning', message: 'quiet' } as never)
  assert.equal(records.length, 4)
})
