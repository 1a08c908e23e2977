import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { snapshotValue } from '../../../sdk/src/pipeline/snapshot.ts'
import { summarize, toWireError } from '../../../sdk/src/pipeline/wireError.ts'
import type { WireError } from '../../../sdk/src/wire.ts'

describe('wire form of what was thrown', () => {
  test('an error keeps its type, message, stack and own properties', () => {
    const wire = convert(Object.assign(new TypeError('x is undefined'), { code: 7, nested: { a: 1 } }))
    assert.equal(wire.type, 'TypeError')
    assert.equal(wire.message, 'x is undefined')
    assert.match(wire.stack ?? '', /^TypeError: x is undefined\n\s+at .*wireError\.test/)
    assert.deepEqual(wire.properties, { code: 7, nested: { a: 1 } })
    assert.equal(summarize(wire), 'TypeError: x is undefined')
  })

  test('a class that forgot to set its name is known by it', () => {
    class PaymentError extends Error {}
    assert.equal(convert(new PaymentError('declined')).type, 'PaymentError')
    class a extends Error {}
    assert.equal(convert(new a('minified')).type, 'Error')
  })

  test('causes are followed five deep, and a cycle ends', () => {
    let error = new Error('0')
    for (let i = 1; i < 20; i++) error = new Error(String(i), { cause: error })
    let depth = 0
    for (let wire: WireError | undefined = convert(error); wire; wire = wire.cause) depth++
    assert.equal(depth, 6)

    const cyclic = new Error('cyclic')
    cyclic.cause = new Error('below', { cause: cyclic })
    assert.equal(convert(cyclic).cause?.message, 'below')
    assert.equal(convert(cyclic).cause?.cause, undefined)
  })

  test('ten errors of an AggregateError are kept', () => {
    const wire = convert(
      new AggregateError(
        Array.from({ length: 30 }, (_, i) => new Error(`part ${i}`)),
        'all failed',
      ),
    )
    assert.equal(wire.errors?.length, 10)
    assert.equal(wire.errors?.[9]?.message, 'part 9')
  })

  test('a tree of aggregates stays small', () => {
    let error: Error = new Error('leaf')
    for (let i = 0; i < 6; i++)
      error = new AggregateError(
        Array.from({ length: 10 }, () => clone(error)),
        `level ${i}`,
      )
    assert.ok(JSON.stringify(convert(error)).split('"type"').length <= 40)
  })

  test('a stack is cut to 50 lines of 1024 characters', () => {
    const error = new Error('long')
    error.stack = Array.from({ length: 500 }, (_, i) => `at f${i} (${'x'.repeat(3000)})`).join('\n')
    const lines = convert(error).stack!.split('\n')
    assert.ok(lines.length <= 50)
    for (const line of lines) assert.ok(line.length < 1100)
  })

  test('a rejection with something that is no Error says what it was', () => {
    assert.deepEqual(convert('text'), { type: 'NonError', message: 'text' })
    assert.deepEqual(convert(undefined), { type: 'NonError', message: 'undefined' })
    assert.deepEqual(convert(null), { type: 'NonError', message: 'null' })
    assert.deepEqual(convert(404), { type: 'NonError', message: '404' })
    assert.deepEqual(convert({ code: 1 }), { type: 'NonError', message: '{"code":1}', properties: { code: 1 } })
    assert.deepEqual(convert({ name: 'ApiError', message: 'gone' }), {
      type: 'ApiError',
      message: 'gone',
      properties: { name: 'ApiError', message: 'gone' },
    })
    assert.equal(convert(new Event('error')).message, '[Event error]')
    const aborted = convert(new DOMException('stopped', 'AbortError'))
    assert.deepEqual([aborted.type, aborted.message], ['AbortError', 'stopped'])
  })

  test('whatever was thrown, the conversion does not throw', () => {
    const keys = fc.constantFrom('name', 'message', 'stack', 'cause', 'errors', 'constructor', 'toString', 'code')
    const property = fc.tuple(keys, fc.anything(), fc.boolean())
    fc.assert(
      fc.property(fc.anything(), fc.array(property), (thrown, properties) => {
        const error = new Error('hostile')
        for (const [key, value, throws] of properties) {
          const get = () => {
            if (throws) throw value
            return value
          }
          Object.defineProperty(error, key, { enumerable: true, configurable: true, get })
        }
        for (const wire of [convert(error), convert(thrown)]) {
          assert.equal(typeof wire.type, 'string')
          assert.equal(typeof wire.message, 'string')
          assert.ok(JSON.stringify(wire).length > 0)
        }
      }),
      { numRuns: 300 },
    )
  })
})

function convert(thrown: unknown): WireError {
  return toWireError(thrown, snapshotValue)
}

function clone(error: Error): Error {
  return error instanceof AggregateError ? new AggregateError(error.errors, error.message) : new Error(error.message)
}
