import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createTracer, fromHeader, toHeader } from '../../../sdk/src/capture/traceparent.ts'
import { createTraceReader } from '../../../sdk/src/pipeline/traceContext.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

describe('traceparent', () => {
  before(() => {
    Object.assign(globalThis, { location: { origin: 'https://shop.example' } })
  })
  after(() => {
    Reflect.deleteProperty(globalThis, 'location')
  })

  test('goes to an origin that is named whole or matched, and to no other', () => {
    const allowed = (rules: (string | RegExp)[], url: string) =>
      createTracer(rules, { traceContext: () => undefined })(new URL(url)) !== undefined
    const api = 'https://api.example.com/v1/cart?q=1'
    assert.ok(allowed(['https://api.example.com'], api))
    assert.ok(allowed(['api.example.com'], api))
    assert.ok(allowed(['localhost:8080'], 'http://localhost:8080/'))
    assert.ok(allowed([/^https:\/\/[\w.]+\.example\.com$/], api))
    assert.ok(allowed(['self'], 'https://shop.example/api'))
    for (const rules of [[], ['self'], ['example.com'], ['https://api.example.com/'], ['http://api.example.com']])
      assert.ok(!allowed(rules, api), rules.join())
    assert.ok(!allowed(['https://api.example.com'], 'https://api.example.com.evil.example/'))
    assert.ok(!allowed([/api/], 'https://shop.example/api'))
    const global = /api/g
    for (let i = 0; i < 3; i++) assert.ok(allowed([global], api))
  })

  test('is the page’s trace where it has one that is valid, and else a new one each time', () => {
    const traced = (context: unknown) =>
      createTracer(['self'], { traceContext: contextOf(context) })(new URL('https://shop.example/'))!
    assert.deepEqual(traced({ traceId: trace, spanId: span }), { trace, span })
    assert.equal(traced({ traceId: trace }).trace, trace)
    assert.equal(traced({ traceId: trace.toUpperCase() }).trace, trace)
    for (const context of [undefined, {}, { traceId: 'x' }, { traceId: '0'.repeat(32) }, { traceId: 7 }]) {
      const made = [traced(context), traced(context)]
      assert.notEqual(made[0]!.trace, made[1]!.trace)
      for (const { trace, span } of made) assert.match(`${trace}-${span}`, /^[\da-f]{32}-[\da-f]{16}$/)
    }
    assert.notEqual(traced({ traceId: trace, spanId: '0'.repeat(16) }).span, '0'.repeat(16))
  })

  test('is written and read as W3C has it', () => {
    assert.equal(toHeader({ trace, span }), `00-${trace}-${span}-01`)
    assert.deepEqual(fromHeader(`00-${trace}-${span}-00`), { trace, span })
    for (const text of [null, '', 'none', `00-${trace}`, `00-${trace.slice(1)}-${span}-01`])
      assert.equal(fromHeader(text), undefined)
  })
})

/** As a plugin's host has it of the page's `getTraceContext`. */
function contextOf(given: unknown) {
  const read = createTraceReader(
    () => given as undefined,
    () => () => {},
  )
  return () => {
    const { trace, span } = read() ?? {}
    return trace ? { traceId: trace, spanId: span } : undefined
  }
}
