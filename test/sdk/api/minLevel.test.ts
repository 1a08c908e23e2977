import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInertBeacon } from '../../../sdk/src/api/inertBeacon.ts'
import { createLogger } from '../../../sdk/src/api/logger.ts'
import { type Level, levels } from '../../../sdk/src/wire.ts'

test('the least level can be changed at any time, for a logger and all that were made of it, before and after', () => {
  const { logger, taken } = loggerOf('info')
  const child = logger.with({ a: 1 }).with({ b: 2 })
  const { debug } = logger
  debug('one')
  child.setMinLevel('debug')
  debug('two')
  child.trace('three')
  logger.with({}).debug('four')
  logger.setMinLevel('fatal')
  child.error('five')
  logger.fatal('six')
  assert.deepEqual(taken(), ['two', 'four', 'six'])
})

test('what is no level changes nothing, with one warning', () => {
  const { logger, taken, warnings } = loggerOf('warn')
  for (const bad of ['loud', undefined, null, 3, {}]) logger.setMinLevel(bad as Level)
  logger.info('one')
  logger.warn('two')
  assert.deepEqual(taken(), ['two'])
  assert.deepEqual(warnings, [`setMinLevel: the levels are ${levels.join(', ')}`])
})

test('events and measurements know no least level', () => {
  const { logger, taken } = loggerOf('fatal')
  logger.event('signup')
  logger.measure('search_ms', 5)
  assert.deepEqual(taken(), ['signup', 'search_ms'])
})

function loggerOf(minLevel: Level) {
  const messages: unknown[] = []
  const warnings: string[] = []
  const beacon = { ...createInertBeacon(), take: (_origin: unknown, message: unknown) => void messages.push(message) }
  const logger = createLogger({ beacon, minLevel, print: undefined, warn: text => warnings.push(text) })
  return { logger, taken: () => messages, warnings }
}
