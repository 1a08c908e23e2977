import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readConfig } from '../../../sdk/src/api/readConfig.ts'
import type { Config } from '../../../sdk/src/config.ts'
import { createDrops } from '../../../sdk/src/drops.ts'
import type { BeaconError } from '../../../sdk/src/errors.ts'
import { createHookFaults } from '../../../sdk/src/hookFault.ts'
import { createBeforeSend } from '../../../sdk/src/pipeline/beforeSend.ts'
import { createPipeline } from '../../../sdk/src/pipeline/pipeline.ts'
import { createRedact } from '../../../sdk/src/pipeline/redact.ts'
import type { Trace } from '../../../sdk/src/pipeline/traceContext.ts'
import { createAddresses } from '../../../sdk/src/web/addresses.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

describe('pipeline', () => {
  test('a log becomes a record with its number, time, level, message and attributes', () => {
    const { pipeline, records } = pipelineOf()
    pipeline.take({ kind: 'log', level: 'info' }, 'checkout clicked', { cart: 3, sku: 'A-1' })
    pipeline.take({ kind: 'log', level: 'warn' }, 'slow')
    pipeline.drain()
    assert.deepEqual(records, [
      {
        n: 1,
        t: 1000.125,
        kind: 'log',
        level: 'info',
        message: 'checkout clicked',
        attributes: { cart: 3, sku: 'A-1' },
      },
      { n: 2, t: 1000.125, kind: 'log', level: 'warn', message: 'slow' },
    ])
  })

  test('an Error as the message makes an exception', () => {
    const { pipeline, records } = pipelineOf()
    const cause = new RangeError('too far')
    pipeline.take({ kind: 'log', level: 'error' }, new TypeError('x is undefined', { cause }), { order: 7 })
    pipeline.drain()
    const { kind, message, mechanism, error, attributes } = records[0]!
    assert.deepEqual([kind, message, mechanism], ['exception', 'TypeError: x is undefined', 'log'])
    assert.deepEqual([error?.type, error?.cause?.type], ['TypeError', 'RangeError'])
    assert.match(error?.stack ?? '', /pipeline\.test/)
    assert.deepEqual(attributes, { order: 7 })
  })

  test('an Error among the attributes makes an exception with the caller’s message', () => {
    const { pipeline, records } = pipelineOf()
    pipeline.take({ kind: 'log', level: 'error' }, 'payment failed', { error: new Error('declined'), orderId: 'o1' })
    pipeline.drain()
    const { kind, message, error, attributes } = records[0]!
    assert.deepEqual([kind, message, error?.message], ['exception', 'payment failed', 'declined'])
    assert.deepEqual(attributes, { error: 'Error: declined', orderId: 'o1' })
  })

  test('a measurement stays one, with an Error too', () => {
    const { pipeline, records } = pipelineOf()
    pipeline.take({ kind: 'measurement', level: 'info' }, 'search_ms', { error: new Error('late') }, { search_ms: 182 })
    pipeline.drain()
    assert.equal(records[0]!.kind, 'measurement')
    assert.deepEqual(records[0]!.values, { search_ms: 182 })
    assert.equal(records[0]!.error?.message, 'late')
  })

  test('what a child logger is bound to goes with each record, and the call’s own attributes win', () => {
    const { pipeline, records } = pipelineOf()
    const bound = pipeline.bind({ feature: 'cart', step: 1 }, pipeline.bind({ tenant: 'acme', step: 0 }))
    pipeline.take({ kind: 'log', level: 'info', bound }, 'm', { step: 2 })
    pipeline.take({ kind: 'log', level: 'info', bound }, 'm')
    pipeline.take({ kind: 'log', level: 'info', bound: pipeline.bind(null, pipeline.bind(undefined)) }, 'm')
    pipeline.drain()
    assert.deepEqual(records[0]!.attributes, { tenant: 'acme', feature: 'cart', step: 2 })
    assert.deepEqual(records[1]!.attributes, { tenant: 'acme', feature: 'cart', step: 1 })
    assert.deepEqual(records[2]!.attributes, {})
  })

  test('a message that is no text is told as text', () => {
    const { pipeline, records } = pipelineOf()
    for (const message of [undefined, null, 42, { a: 1 }, Symbol('s'), 'x'.repeat(9000)])
      pipeline.take({ kind: 'log', level: 'info' }, message)
    pipeline.drain()
    assert.deepEqual(
      records.map(record => record.message),
      ['undefined', 'null', '42', '{"a":1}', 'Symbol(s)', `${'x'.repeat(8192)}[cut, 9000 characters]`],
    )
  })

  test('beforeSend can change a record, but neither its number nor its time', () => {
    const { pipeline, records } = pipelineOf({
      beforeSend: record => ({ ...record, n: 99, t: 0, message: record.message.replace(/\d/g, '*') }),
    })
    pipeline.take({ kind: 'log', level: 'info' }, 'card 4242')
    pipeline.drain()
    assert.deepEqual(records, [{ n: 1, t: 1000.125, kind: 'log', level: 'info', message: 'card ****' }])
  })

  test('what beforeSend drops is counted', () => {
    const { pipeline, records, drops } = pipelineOf({ beforeSend: record => (record.level === 'debug' ? null : false) })
    pipeline.take({ kind: 'log', level: 'debug' }, 'm')
    pipeline.take({ kind: 'log', level: 'info' }, 'm')
    pipeline.drain()
    assert.deepEqual(records, [])
    assert.deepEqual(drops.total(), { before_send: 2 })
    assert.deepEqual(pipeline.counts(), { created: 2, pending: 0 })
  })

  test('a beforeSend that throws sends the original, as it was before the hook touched it; each time counts, the first is reported', () => {
    const { pipeline, records, reports, hookFaults } = pipelineOf({
      beforeSend(record) {
        record.message = 'half done'
        throw Object.create(null)
      },
    })
    pipeline.take({ kind: 'log', level: 'info' }, 'one')
    pipeline.take({ kind: 'log', level: 'info' }, 'two')
    pipeline.drain()
    assert.deepEqual(
      records.map(record => record.message),
      ['one', 'two'],
    )
    assert.deepEqual(
      reports.map(error => error.code),
      ['invalid_option'],
    )
    assert.deepEqual(hookFaults.counts(), { beforeSend: 2 })
  })

  test('a beforeSend that answers with no record sends the original; one that forgets to answer, what it changed', () => {
    const answers: unknown[] = [Promise.resolve(), 'text', { message: 1 }, { kind: 'log', level: 'loud', message: 'm' }]
    const { pipeline, records } = pipelineOf({
      beforeSend(record) {
        record.message = 'changed'
        return answers.shift() as WireRecord
      },
    })
    for (let i = 0; i < 5; i++) pipeline.take({ kind: 'log', level: 'info' }, 'original')
    pipeline.drain()
    assert.deepEqual(
      records.map(record => record.message),
      ['original', 'original', 'original', 'original', 'changed'],
    )
  })

  test('a beforeSend that answers with what the relay would refuse, or redaction could not read, sends the original', () => {
    const error = { type: 'TypeError', message: 'changed' }
    const shapes: Record<string, unknown>[] = [
      { message: null },
      { attributes: 'text' },
      { attributes: ['a'] },
      { attributes: 5 },
      { values: { ms: '5' } },
      { values: { ms: Number.NaN } },
      { values: 5 },
      { mechanism: 5 },
      { trace: 5 },
      { span: {} },
      { error: 'text' },
      { error: 5 },
      { error: [] },
      { error: { ...error, type: 5 } },
      { error: { ...error, stack: 5 } },
      { error: { ...error, frames: 5 } },
      { error: { ...error, frames: [null] } },
      { error: { ...error, frames: [{ file: 5 }] } },
      { error: { ...error, cause: 'text' } },
      { error: { ...error, cause: { ...error, message: 5 } } },
      { error: { ...error, errors: error } },
      { error: { ...error, errors: [null] } },
      { error: { ...error, properties: 'text' } },
      { breadcrumbs: 'text' },
      { breadcrumbs: [null] },
      { breadcrumbs: [{ t: 0, category: 'click', message: 5 }] },
    ]
    const answers = [...shapes]
    const { pipeline, records, drops, hookFaults } = pipelineOf({
      beforeSend: record => ({ ...record, message: 'changed', ...answers.shift() }),
    })
    for (const _ of shapes) pipeline.take({ kind: 'log', level: 'info' }, 'original', { pin: 1234 })
    pipeline.drain()
    assert.deepEqual(
      records.map(({ message, attributes }, at) => [shapes[at], message, attributes]),
      shapes.map(shape => [shape, 'original', { pin: '[redacted]' }]),
    )
    assert.deepEqual([drops.total(), hookFaults.counts()], [{}, { beforeSend: shapes.length }])
  })

  test('what beforeSend deletes or sets to null is away, and nothing brings it back', () => {
    const { pipeline, records, hookFaults } = pipelineOf({
      beforeSend(record) {
        const error = record.error as unknown as Record<string, unknown> & { cause: Record<string, unknown> }
        delete error.message
        error.stack = null
        delete error.cause.type
        error.cause.message = null
        return { ...record, message: 'told', attributes: null as never, values: null as never }
      },
    })
    const cause = new RangeError('secret')
    pipeline.take({ kind: 'log', level: 'error' }, new TypeError('secret', { cause }), { secret: 1 })
    pipeline.drain()
    const { message, attributes, error } = records[0]!
    assert.deepEqual(
      [message, attributes, error!.stack, hookFaults.counts()],
      ['told', undefined, undefined, undefined],
    )
    assert.deepEqual(
      [error!.type, error!.message, error!.cause!.type, error!.cause!.message],
      ['TypeError', '', 'Error', ''],
    )
  })

  test('the balance holds at every moment that a hook can see', () => {
    const seen: number[] = []
    const look = () => {
      const { created, pending } = pipeline.counts()
      const dropped = Object.values(drops.total()).reduce((sum, count) => sum + count, 0)
      seen.push(created - pending - dropped - records.length)
    }
    const { pipeline, records, drops } = pipelineOf({
      beforeSend(record) {
        look()
        return record.n % 3 === 0 ? null : record
      },
    })
    for (let i = 0; i < 100; i++) pipeline.take({ kind: 'log', level: 'info' }, 'm')
    look()
    pipeline.drain()
    look()
    assert.deepEqual(seen, Array(102).fill(0))
    assert.equal(records.length, 67)
  })

  test('a record that can not be made small enough is dropped as too_large', () => {
    const { pipeline, records, drops } = pipelineOf({
      beforeSend: record => ({ ...record, attributes: { list: Array(100_000).fill(12_345) } }),
    })
    pipeline.take({ kind: 'log', level: 'info' }, 'm')
    pipeline.drain()
    assert.deepEqual(records, [])
    assert.deepEqual(drops.total(), { too_large: 1 })
  })

  test('a fault of ours never reaches the page, and costs a counted record', () => {
    const { pipeline, drops, reports } = pipelineOf({}, () => {
      throw new Error('clock')
    })
    pipeline.take({ kind: 'log', level: 'info' }, 'm')
    pipeline.takeThrown(new Error('x'), 'onerror')
    assert.deepEqual(drops.total(), { internal_error: 2 })
    assert.deepEqual(pipeline.counts(), { created: 2, pending: 0 })
    assert.deepEqual(
      reports.map(error => error.code),
      ['internal_error'],
    )
  })

  test('what was queued before the SDK arrived bears the time of its call', () => {
    const { pipeline, records } = pipelineOf()
    pipeline.backdate(500, () => pipeline.take({ kind: 'log', level: 'info' }, 'early'))
    pipeline.take({ kind: 'log', level: 'info' }, 'now')
    pipeline.drain()
    assert.deepEqual(
      records.map(record => record.t),
      [500, 1000.125],
    )
  })

  test('a record bears the trace that ran when it was logged; what was queued before the SDK arrived bears none', () => {
    const traces = [{ trace: 'a' }, { trace: 'b', span: 'c' }, undefined]
    const { pipeline, records } = pipelineOf(
      {},
      () => 1000,
      () => traces.shift(),
    )
    pipeline.backdate(500, () => pipeline.take({ kind: 'log', level: 'info' }, 'early'))
    for (let i = 0; i < 3; i++) pipeline.take({ kind: 'log', level: 'info' }, 'm')
    assert.equal(traces.length, 0)
    pipeline.drain()
    assert.deepEqual(
      records.map(({ trace, span }) => [trace, span]),
      [
        [undefined, undefined],
        ['a', undefined],
        ['b', 'c'],
        [undefined, undefined],
      ],
    )
  })

  test('after the stop nothing is taken, and what waits is still handed on', () => {
    const { pipeline, records } = pipelineOf()
    pipeline.take({ kind: 'log', level: 'info' }, 'before')
    pipeline.stop()
    pipeline.take({ kind: 'log', level: 'info' }, 'after')
    pipeline.drain()
    assert.deepEqual(
      records.map(record => record.message),
      ['before'],
    )
    assert.equal(pipeline.counts().created, 1)
  })
})

function pipelineOf(
  { beforeSend }: Partial<Config> = {},
  wallMs = () => 1000.12549,
  readTrace?: () => Trace | undefined,
) {
  const records: WireRecord[] = []
  const reports: BeaconError[] = []
  const drops = createDrops()
  const native = captureNativeMethods()
  const report = (error: BeaconError) => reports.push(error)
  const hookFaults = createHookFaults(report)
  const redact = createRedact({
    redact: readConfig({ redact: { keys: ['pin'] } }).config.redact,
    addresses: createAddresses([]),
    monotonicMs: () => 0,
    onFault: assert.fail,
  }).stage
  const pipeline = createPipeline({
    stages: beforeSend ? [createBeforeSend(beforeSend, hookFaults.of, native), redact] : [],
    readTrace,
    maxChars: 1e9,
    drops,
    clock: { wallMs, monotonicMs: () => 0 },
    native,
    append: lines => records.push(...lines.map(({ line }) => JSON.parse(line) as WireRecord)),
    report,
    note: () => true,
  })
  return { pipeline, records, reports, drops, hookFaults }
}
