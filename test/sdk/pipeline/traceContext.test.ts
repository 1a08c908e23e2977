import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BeaconError } from '../../../sdk/src/errors.ts'
import { createHookFaults } from '../../../sdk/src/hookFault.ts'
import { createTraceReader } from '../../../sdk/src/pipeline/traceContext.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test('a trace and its span are taken over, in small letters', () => {
  assert.deepEqual(read({ traceId, spanId }), { trace: traceId, span: spanId })
  assert.deepEqual(read({ traceId: traceId.toUpperCase() }), { trace: traceId, span: undefined })
})

test('what is no id is left out, and a span is nothing without its trace', () => {
  for (const given of [
    undefined,
    null,
    {},
    { spanId },
    { traceId: '' },
    { traceId: '0'.repeat(32), spanId },
    { traceId: 7 },
  ])
    assert.equal(read(given), undefined)
  for (const bad of ['', '0'.repeat(16), spanId.slice(1), `${spanId}0`, 'g'.repeat(16), `${spanId}\n`])
    assert.deepEqual(read({ traceId, spanId: bad }), { trace: traceId, span: undefined })
})

test('whatever comes back, a record has ids or none', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (trace, span) => {
      const given = read({ traceId: trace, spanId: span })
      if (given) assert.match(given.trace!, /^[0-9a-f]{32}$/)
      if (given?.span) assert.match(given.span, /^[0-9a-f]{16}$/)
    }),
  )
})

test('one that throws is reported once', () => {
  const reports: BeaconError[] = []
  const hookFaults = createHookFaults(error => reports.push(error))
  const reader = createTraceReader(() => {
    throw new Error('no tracer')
  }, hookFaults.of)
  assert.deepEqual([reader(), reader()], [undefined, undefined])
  assert.deepEqual(
    reports.map(({ code }) => code),
    ['invalid_option'],
  )
  assert.deepEqual(hookFaults.counts(), { getTraceContext: 2 })
})

test('one that logs is not asked again for that', () => {
  let depth = 0
  const reader = createTraceReader(
    () => {
      depth++
      assert.equal(reader(), undefined)
      return { traceId }
    },
    () => () => {},
  )
  assert.equal(reader()?.trace, traceId)
  assert.equal(depth, 1)
})

function read(given: unknown) {
  return createTraceReader(
    () => given as undefined,
    () => () => {},
  )()
}
