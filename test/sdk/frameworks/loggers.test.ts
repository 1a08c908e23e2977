import assert from 'node:assert/strict'
import { test } from 'node:test'
import loglevel from 'loglevel'
import type { pino as Pino } from 'pino'
// @ts-expect-error: has no types of its own, and is the same as pino
import browserPino from 'pino/browser.js'
import { forwardLoglevel, pinoTransmit, sortArguments } from '../../../sdk/src/frameworks/loggers.ts'
import { createRecordingLogger, entriesOf } from '../../support/recordingLogger.ts'

const pino = browserPino as typeof Pino

/** Runs the work while nothing reaches the console; returns what would have. */
function quietly(work: () => void): unknown[][] {
  const printed: unknown[][] = []
  const methods = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const
  const originals = methods.map(method => console[method])
  for (const method of methods) console[method] = (...args) => void printed.push(args)
  try {
    work()
  } finally {
    methods.forEach((method, i) => {
      console[method] = originals[i]!
    })
  }
  return printed
}

test('what loglevel prints is forwarded, and still printed; what it does not print is not', () => {
  const log = createRecordingLogger()
  const error = new Error('no stock')
  const printed = quietly(() => {
    const logger = loglevel.getLogger('forwarded')
    logger.setLevel('info', false)
    const stop = forwardLoglevel(logger, log)
    logger.warn('stock is low', { sku: 'A-1' })
    logger.error('failed', error)
    logger.debug('not wanted')
    stop()
    logger.warn('not forwarded')
  })
  assert.deepEqual(log.calls, [
    ['warn', 'stock is low', { sku: 'A-1' }],
    ['error', 'failed', { error }],
  ])
  assert.deepEqual(
    printed.map(([message]) => message),
    ['stock is low', 'failed', 'not forwarded'],
  )
})

test('pino’s lines keep their level, time, child bindings and errors', () => {
  const log = createRecordingLogger()
  const beforeMs = Date.now()
  quietly(() => {
    const logger = pino({ browser: { transmit: pinoTransmit(log) } })
    logger.child({ feature: 'cart' }).child({ step: 2 }).warn({ sku: 'A-1' }, 'stock is low')
    logger.error(Object.assign(new RangeError('too far'), { code: 7 }), 'failed')
    logger.fatal(new TypeError('alone'))
    logger.debug('below the level')
  })
  const [low, failed, alone, ...others] = entriesOf(log)
  assert.deepEqual(others, [])
  assert.deepEqual([low!.level, low!.message], ['warn', 'stock is low'])
  assert.deepEqual(low!.attributes, { feature: 'cart', step: 2, sku: 'A-1' })
  assert.ok(low!.timeMs! >= beforeMs && low!.timeMs! <= Date.now())
  const { error } = failed!.attributes as { error: Error & { code: number } }
  assert.ok(error instanceof Error)
  assert.deepEqual([failed!.message, error.name, error.message, error.code], ['failed', 'RangeError', 'too far', 7])
  assert.match(error.stack!, /loggers\.test/)
  assert.deepEqual([alone!.level, (alone!.message as Error).message], ['fatal', 'alone'])
})

test('arguments of any kind are sorted into message and attributes', () => {
  const error = new Error('broken')
  const cases: [unknown[], object][] = [
    [['a', { b: 1 }], { message: 'a', attributes: { b: 1 } }],
    [[{ b: 1 }, 'a', { c: 2 }], { message: 'a', attributes: { b: 1, c: 2 } }],
    [[error], { message: error, attributes: {} }],
    [[error, { b: 1 }], { message: error, attributes: { b: 1 } }],
    [['a', error, 7, [1]], { message: 'a', attributes: { error, args: [7, [1]] } }],
    [[], { message: '', attributes: {} }],
    [[null, undefined, Symbol.iterator], { message: '', attributes: { args: [null, Symbol.iterator] } }],
  ]
  for (const [args, sorted] of cases) assert.deepEqual(sortArguments(args), sorted)
})
