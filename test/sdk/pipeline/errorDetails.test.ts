import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createErrorDetails } from '../../../sdk/src/pipeline/errorDetails.ts'
import { createAddresses } from '../../../sdk/src/web/addresses.ts'
import type { WireError, WireFrame, WireRecord } from '../../../sdk/src/wire.ts'
import { exception } from './exception.ts'

const stripAddress = createAddresses([]).showIn

describe('error details', () => {
  test('are none for records without an error', () => {
    const record: WireRecord = { n: 1, t: 0, kind: 'log', level: 'info', message: 'm' }
    assert.equal(detail(record), record)
  })

  test('are frames for the error, its causes and what it aggregates, and a fingerprint', () => {
    const stack = '    at pay (https://shop.example/a.js?key=secret#part:1:2)'
    const { error, fingerprint } = detail(
      exception({
        stack,
        cause: { type: 'Error', message: '', stack },
        errors: [
          { type: 'Error', message: '', stack },
          { type: 'Error', message: '' },
        ],
      }),
    )
    const frames = [{ function: 'pay', file: 'https://shop.example/a.js', line: 1, column: 2 }]
    assert.deepEqual(error!.frames, frames)
    assert.deepEqual(error!.cause!.frames, frames)
    assert.deepEqual(
      error!.errors!.map(each => each.frames),
      [frames, undefined],
    )
    assert.match(fingerprint!, /^[0-9a-f]{16}$/)
  })

  test('leave the error that was given as it was, since a child logger may log it again', () => {
    const record = exception({ stack: '    at pay (https://shop.example/a.js:1:2)' })
    const before = structuredClone(record)
    detail(record)
    assert.deepEqual(record, before)
  })

  test('are no fingerprint for what is no exception', () => {
    const record = {
      ...exception({ stack: '    at pay (https://shop.example/a.js:1:2)' }),
      kind: 'measurement' as const,
    }
    assert.equal(detail(record).fingerprint, undefined)
    assert.equal(detail(record).error!.frames!.length, 1)
  })

  test('are left out where the page has broken what they take', () => {
    const record = exception({ stack: '    at pay (https://shop.example/a.js:1:2)' })
    const { TextEncoder: whole } = globalThis
    globalThis.TextEncoder = function broken() {
      throw new Error('broken')
    } as unknown as typeof TextEncoder
    try {
      assert.equal(detail(record), record)
    } finally {
      globalThis.TextEncoder = whole
    }
  })

  test('tell scripts of others from those of the page', () => {
    const files: [file: string, thirdParty: true | undefined][] = [
      ['https://shop.example/a.js', undefined],
      ['blob:https://shop.example/3c87d224', undefined],
      ['https://static.shop-cdn.example/a.js', undefined],
      ['webkit-masked-url://hidden/', undefined],
      ['data:text/javascript', undefined],
      ['https://shop.example:8443/a.js', true],
      ['https://shop.example.evil.example/a.js', true],
      ['https://cdn.example/a.js', true],
      ['blob:https://cdn.example/3c87d224', true],
      ['chrome-extension://abc/a.js', true],
      ['moz-extension://abc/a.js', true],
      ['safari-web-extension://abc/a.js', true],
    ]
    for (const [file, thirdParty] of files) assert.equal(frameOf(`f@${file}:1:2`)[0]?.thirdParty, thirdParty, file)
  })

  test('take no script for that of others where the page has no origin, extensions excepted', () => {
    const page = { origin: 'null', isOwn: () => false, stripAddress }
    const marks = ['https://shop.example/a.js', 'chrome-extension://abc/a.js'].map(file => {
      const record = createErrorDetails(page)(exception({ stack: `f@${file}:1:2` })) as WireRecord
      return record.error!.frames![0]!.thirdParty
    })
    assert.deepEqual(marks, [undefined, true])
  })

  test('are without the SDK’s own frames', () => {
    const own = [
      '    at window.fetch (https://logs.example/sdk/v1/loki-beacon.js:1:2345)',
      '    at window.fetch (https://shop.example/js/loki-beacon.min.js?v=2:1:2345)',
      '    at window.fetch (https://shop.example/js/loki-beacon-loader.js:1:2345)',
      '    at window.fetch (https://shop.example/node_modules/loki-beacon/dist/index.js:1:2)',
      '    at fetch (https://shop.example/node_modules/.vite/deps/loki-beacon_core.js?v=1:1:2)',
      '    at Object.lokiBeaconFetch (https://shop.example/app.js:1:2)',
    ]
    for (const line of own) {
      const frames = frameOf(`TypeError: Failed to fetch\n${line}\n    at load (https://shop.example/app.js:3:4)`)
      assert.deepEqual(
        frames.map(frame => frame.function),
        ['load'],
        line,
      )
    }
  })

  test('are those of the page’s own scripts that are named after the SDK', () => {
    for (const file of [
      'my-loki-beacon/app',
      'js/loki-beacon-setup',
      'loki-beacon_setup',
      'loki-beacon2',
      'loki-beacon/app',
    ])
      assert.equal(frameOf(`    at lokiBeacon (https://shop.example/${file}.js:1:2)`).length, 1, file)
  })

  test('are a hundred frames of a record at most', () => {
    const stack = Array.from({ length: 50 }, (_, i) => `    at f${i} (https://shop.example/a.js:1:2)`).join('\n')
    const errors = Array.from({ length: 10 }, () => ({ type: 'Error', message: '', stack }))
    const { error } = detail(exception({ stack, errors }))
    const count = (each: WireError): number =>
      (each.frames?.length ?? 0) + (each.errors ?? []).reduce((sum, inner) => sum + count(inner), 0)
    assert.deepEqual([error!.frames!.length, count(error!)], [50, 100])
  })
})

function detail(record: WireRecord): WireRecord {
  const stage = createErrorDetails({
    origin: 'https://shop.example',
    isOwn: file => file.includes('shop-cdn'),
    stripAddress,
  })
  return stage(record) as WireRecord
}

function frameOf(stack: string): WireFrame[] {
  return detail(exception({ stack })).error!.frames ?? []
}
