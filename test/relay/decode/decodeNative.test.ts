import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { RelayError } from '../../../relay/src/errors.ts'
import type { RelayBatch } from '../../../relay/src/record.ts'

const receivedAtMs = 1_795_210_480_000
const options = { maxRecords: 100, maxRecordBytes: 256 * 1024, receivedAtMs }
const header = { v: 1, batch: '0193e4f2a7b17c3d9e5f6a7b8c9d0e1f', sentAtMs: receivedAtMs, context: { page: 'p1' } }
const record = { n: 1, t: receivedAtMs - 500.75, kind: 'log', level: 'info', message: 'hello' }

describe('a header without which nothing can be taken is refused as invalid_batch', () => {
  const bad: [string, unknown][] = [
    ['no object', []],
    ['null', null],
    ['another version', { ...header, v: 2 }],
    ['a short id', { ...header, batch: 'short' }],
    ['a long id', { ...header, batch: 'a'.repeat(37) }],
    ['an id with a slash', { ...header, batch: '../../../../etc/passwd' }],
    ['no time', { ...header, sentAtMs: undefined }],
    ['a time of nanoseconds', { ...header, sentAtMs: 1.79e18 }],
    ['an offset of text', { ...header, clockOffsetMs: '5' }],
    ['an offset of a thousand years', { ...header, clockOffsetMs: 3.2e13 }],
    ['a context that is a list', { ...header, context: [] }],
    ['64 KB of context', { ...header, context: { url: 'x'.repeat(65_536) } }],
  ]
  for (const [what, value] of bad) test(what, () => refuses(JSON.stringify(value), 'invalid_batch'))
  test('no JSON', () => refuses('{"v":1', 'invalid_batch'))
  test('nothing', () => refuses('', 'invalid_batch'))
  test('64 KB of brackets', () => refuses('['.repeat(60_000), 'invalid_batch'))
})

test('a context field of a wrong type is left out, the rest is kept', async () => {
  const context = {
    page: 5,
    session: 'a b',
    release: ['x'],
    browser: 'Firefox 150',
    mobile: 'yes',
    user: 'me',
    url: 'https://a.example/\ud800',
  }
  const batch = await decode([{ ...header, context }, record])
  assert.deepEqual(batch.context, { browser: 'Firefox 150', url: 'https://a.example/\ufffd' })
})

describe('a bad record is rejected alone, with its place and its n', () => {
  const bad: [what: string, value: unknown, reason: string, n?: number][] = [
    ['half a line', '{"n":7,"t":', 'invalid_json', 7],
    ['an empty line', '', 'invalid_json'],
    ['a list', [1], 'invalid_record'],
    ['null', null, 'invalid_record'],
    ['no n', { ...record, n: undefined }, 'invalid_record'],
    ['a negative n', { ...record, n: -1 }, 'invalid_record', -1],
    ['a fraction as n', { ...record, n: 1.5 }, 'invalid_record'],
    ['no time', { ...record, t: undefined }, 'invalid_record', 1],
    ['a time of text', { ...record, t: '2026-11-20' }, 'invalid_record', 1],
    ['an infinite time', '{"n":8,"t":1e999,"kind":"log","level":"info","message":""}', 'invalid_record', 8],
    ['nanoseconds taken for ms', { ...record, t: 1.79e18 }, 'invalid_record', 1],
    ['a time before 1970', { ...record, t: -1 }, 'invalid_record', 1],
    ['an unknown kind', { ...record, kind: 'span' }, 'invalid_record', 1],
    ['an unknown level', { ...record, level: 'loud' }, 'invalid_record', 1],
    ['no message', { ...record, message: undefined }, 'invalid_record', 1],
    ['a message that is an object', { ...record, message: {} }, 'invalid_record', 1],
    ['attributes that are a list', { ...record, attributes: [] }, 'invalid_record', 1],
    [
      'an infinite attribute',
      '{"n":9,"t":1,"kind":"log","level":"info","message":"","attributes":{"a":1e999}}',
      'invalid_record',
      9,
    ],
    ['values that are text', { ...record, values: { lcp: '1' } }, 'invalid_record', 1],
    ['an error without type', { ...record, error: { message: 'x' } }, 'invalid_record', 1],
    [
      'an error whose cause is text',
      { ...record, error: { type: 'E', message: 'x', cause: 'y' } },
      'invalid_record',
      1,
    ],
    ['attributes nine deep', { ...record, attributes: nested(9) }, 'too_deep', 1],
    ['a list nine deep', { ...record, attributes: { a: JSON.parse('['.repeat(8) + ']'.repeat(8)) } }, 'too_deep', 1],
    ['200,000 brackets', `{"n":5,"a":${'['.repeat(200_000)}${']'.repeat(200_000 - 170_000)}`, 'invalid_json', 5],
    ['a 257 KB record', { ...record, message: 'x'.repeat(257 * 1024) }, 'too_large', 1],
    [
      '65 errors',
      { ...record, error: { type: 'E', message: '', errors: Array(65).fill({ type: 'E', message: '' }) } },
      'too_deep',
      1,
    ],
  ]
  for (const [what, value, reason, n] of bad)
    test(what, async () => {
      const batch = await decode([header, record, value, { ...record, n: 2 }])
      assert.deepEqual(
        batch.records.map(({ n, position }) => ({ n, position })),
        [
          { n: 1, position: 0 },
          { n: 2, position: 2 },
        ],
      )
      assert.deepEqual(JSON.parse(JSON.stringify(batch.rejected)), [
        { position: 1, reason, ...(n !== undefined && { n }) },
      ])
      assert.equal(batch.length, 3)
    })
  test('attributes eight deep are taken', async () => {
    assert.equal((await decode([header, { ...record, attributes: nested(8) }])).records.length, 1)
  })
})

test('known fields are copied, all others stay behind', async () => {
  const full = {
    ...record,
    kind: 'exception',
    attributes: { a: 1, b: [true, null, { c: 'd' }] },
    error: {
      type: 'E',
      message: 'm',
      stack: 's',
      frames: [1],
      cause: { type: 'C', message: 'c', x: 1 },
      properties: { code: 5 },
    },
    values: { lcp: 1.5 },
    mechanism: 'onerror',
    trace: '0af7651916cd43dd8448eb211c80319c',
    span: 'b7ad6b7169203331',
    tenant: 'other',
    labels: { app: 'other' },
    timestampUs: 5,
  }
  const batch = await decode([{ ...header, tenant: 'other' }, full])
  const { frames: _f, cause, ...error } = full.error
  assert.deepEqual(batch.records, [
    {
      position: 0,
      n: 1,
      timestampUs: (receivedAtMs - 500.75) * 1000,
      kind: 'exception',
      level: 'info',
      message: 'hello',
      attributes: full.attributes,
      error: { ...error, cause: { type: cause.type, message: cause.message } },
      values: full.values,
      mechanism: 'onerror',
      trace: full.trace,
      span: full.span,
    },
  ])
})

test('a trace id that is none is left out', async () => {
  const [read] = (await decode([header, { ...record, trace: 'xyz', span: '../..' }])).records
  assert.equal(read!.trace, undefined)
  assert.equal(read!.span, undefined)
})

test('keys that could become a prototype are left out at every depth', async () => {
  const line =
    '{"n":1,"t":1,"kind":"log","level":"info","message":"","__proto__":{"p":1},"attributes":{"__proto__":{"p":1},' +
    '"constructor":{"prototype":{"p":1}},"ok":{"__proto__":{"p":1},"list":[{"__proto__":{"p":1},"prototype":1,"fine":1}]}}}'
  const [read] = (await decode([header, line])).records
  assert.deepEqual(read!.attributes, { ok: { list: [{ fine: 1 }] } })
  assert.equal(({} as { p?: number }).p, undefined)
  assert.equal(Object.getPrototypeOf(read!.attributes), Object.prototype)
})

describe('event times are brought to the clock of the relay', () => {
  const cases: [what: string, more: object, offsetMs: number][] = [
    ['by the offset of the header', { clockOffsetMs: -1200.5, sentAtMs: 5 }, -1200.5],
    ['not at all when the clocks nearly agree', { sentAtMs: receivedAtMs - 59_000 }, 0],
    [
      'by the time on the way when they differ by more than a minute',
      { sentAtMs: receivedAtMs - 3_600_000 },
      3_600_000,
    ],
    ['also when the page is ahead', { sentAtMs: receivedAtMs + 120_000 }, -120_000],
  ]
  for (const [what, more, offsetMs] of cases)
    test(what, async () => {
      const [read] = (await decode([{ ...header, ...more }, record])).records
      assert.equal(read!.timestampUs, Math.round((record.t + offsetMs) * 1000))
    })
})

test('more records than allowed are refused as too_large before any is read', () =>
  refuses([header, ...Array(101).fill('x')].map(line).join('\n'), 'too_large'))

test('one line end at the end is no further record', async () => {
  assert.equal((await decodeText(`${line(header)}\n${line(record)}\n`)).length, 1)
  assert.equal((await decodeText(`${line(header)}\n`)).length, 0)
})

test('whatever the bytes are, it answers with a batch or a RelayError, and counts each line once', async () => {
  const anyLine = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constant(line(record)),
    fc.json().map(json => line({ ...record, attributes: JSON.parse(json) })),
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    fc
      .tuple(fc.oneof(fc.constant(line(header)), fc.json()), fc.array(anyLine, { maxLength: 12 }))
      .map(([head, lines]) => Buffer.from([head, ...lines].join('\n'))),
  )
  await fc.assert(
    fc.asyncProperty(body, async bytes => {
      try {
        const batch = await decodeNative(bytes, options)
        assert.equal(batch.records.length + batch.rejected.length, batch.length)
        assert.equal(new Set([...batch.records, ...batch.rejected].map(({ position }) => position)).size, batch.length)
      } catch (error) {
        assert.ok(error instanceof RelayError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

function nested(depth: number): object {
  return depth === 1 ? {} : { a: nested(depth - 1) }
}

function line(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function decode(lines: unknown[]): Promise<RelayBatch> {
  return decodeText(lines.map(line).join('\n'))
}

function decodeText(text: string): Promise<RelayBatch> {
  return decodeNative(Buffer.from(text), options)
}

async function refuses(body: string, code: string): Promise<void> {
  await assert.rejects(decodeText(body), (error: unknown) => error instanceof RelayError && error.code === code)
}
