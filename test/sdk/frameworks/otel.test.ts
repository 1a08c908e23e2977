import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeverityNumber } from '@opentelemetry/api-logs'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import { createOtelExporter } from '../../../sdk/src/frameworks/otel.ts'
import { createRecordingLogger, entriesOf } from '../../support/recordingLogger.ts'

function start() {
  const log = createRecordingLogger()
  const exporter: LogRecordExporter = createOtelExporter(log)
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  return { log, exporter, provider, logger: provider.getLogger('shop') }
}

test('a log of OpenTelemetry keeps its time, level, body and attributes', () => {
  const { log, logger } = start()
  const timestamp = new Date('2026-11-20T05:00:00.125Z')
  logger.emit({ timestamp, severityNumber: SeverityNumber.WARN2, body: 'stock is low', attributes: { sku: 'A-1' } })
  const [entry] = entriesOf(log)
  assert.deepEqual([entry!.level, entry!.message, entry!.timeMs], ['warn', 'stock is low', timestamp.getTime()])
  assert.deepEqual(JSON.parse(JSON.stringify(entry!.attributes)), { sku: 'A-1', scope: 'shop' })
})

test('severities become levels, and a log without one is info', () => {
  const { log, logger } = start()
  for (const severityNumber of [1, 4, 5, 9, 13, 17, 20, 21, 24, undefined]) logger.emit({ severityNumber, body: 'x' })
  assert.deepEqual(
    entriesOf(log).map(({ level }) => level),
    ['trace', 'trace', 'debug', 'info', 'warn', 'error', 'error', 'fatal', 'fatal', 'info'],
  )
})

test('an exception of OpenTelemetry is an Error again, and not told a second time', () => {
  const { log, logger } = start()
  const attributes = {
    'exception.type': 'RangeError',
    'exception.message': 'too far',
    'exception.stacktrace': 'RangeError: too far\n    at checkout (shop.js:1:2)',
    order: 7,
  }
  logger.emit({ severityNumber: SeverityNumber.ERROR, body: 'payment failed', attributes })
  const { message, attributes: kept } = entriesOf(log)[0]! as { message: string; attributes: { error: Error } }
  assert.equal(message, 'payment failed')
  assert.ok(kept.error instanceof Error)
  assert.deepEqual([kept.error.name, kept.error.message], ['RangeError', 'too far'])
  assert.match(kept.error.stack!, /checkout/)
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(kept))).sort(), ['error', 'order', 'scope'])
})

test('a body that is no text stays as an attribute, and the event’s name or the error’s message is the message', () => {
  const { log, logger } = start()
  logger.emit({ eventName: 'signup', body: { plan: 'pro' } })
  logger.emit({ attributes: { 'exception.message': 'broken' } })
  logger.emit({})
  const entries = entriesOf(log)
  assert.deepEqual(
    entries.map(({ message }) => message),
    ['signup', 'broken', 'log'],
  )
  assert.deepEqual((entries[0]!.attributes as { body: object }).body, { plan: 'pro' })
})

test('the trace goes along', () => {
  const { log, exporter } = start()
  const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
  const record = { hrTime: [1, 5e8], body: 'x', attributes: {}, spanContext }
  let result: unknown
  exporter.export([record as never], answer => {
    result = answer
  })
  const [{ traceId, spanId, timeMs } = {}] = entriesOf(log)
  assert.deepEqual([traceId, spanId, timeMs], ['a'.repeat(32), 'b'.repeat(16), 1500])
  assert.deepEqual(result, { code: 0 })
})

test('flushing and shutting down flush the logger, and leave it open to others', async () => {
  const { log, exporter } = start()
  const batches = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
  batches.getLogger('shop').emit({ body: 'waits' })
  await batches.forceFlush()
  assert.equal(entriesOf(log).length, 1)
  assert.ok(log.flushes >= 1)
  await batches.shutdown()
  assert.equal(log.isClosed, false)
})
