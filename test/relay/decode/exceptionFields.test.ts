import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import type { RelayRecord } from '../../../relay/src/record.ts'

const nowMs = 1_795_210_480_000
const header = { v: 1, batch: '0193e4f2a7b17c3d9e5f6a7b8c9d0e1f', sentAtMs: nowMs, clockOffsetMs: -1000 }
const exception = { n: 1, t: nowMs, kind: 'exception', level: 'error', message: 'm' }
const frame = { function: 'pay', file: 'https://shop.example/a.js', line: 1, column: 2 }
const crumb = { t: nowMs, category: 'click', message: 'button#pay' }

test('what an exception tells of itself is taken over, breadcrumbs on the relay’s clock', async () => {
  const record = await decode({
    fingerprint: '9f86d081',
    repeated: 3,
    sessionFirstError: true,
    breadcrumbs: [{ ...crumb, data: { status: 500, ok: false, url: '/pay' } }],
    error: {
      type: 'E',
      message: 'm',
      frames: [{ ...frame, thirdParty: true }],
      cause: { type: 'C', message: 'c', frames: [frame] },
    },
  })
  assert.equal(record.fingerprint, '9f86d081')
  assert.equal(record.repeated, 3)
  assert.equal(record.sessionFirstError, true)
  assert.deepEqual(record.breadcrumbs, [{ ...crumb, t: nowMs - 1000, data: { status: 500, ok: false, url: '/pay' } }])
  assert.deepEqual(record.error?.frames, [{ ...frame, thirdParty: true }])
  assert.deepEqual(record.error?.cause?.frames, [frame])
})

test('of what is not so it costs the field alone', async () => {
  const bad: object[] = [
    { fingerprint: '' },
    { fingerprint: 'a b' },
    { fingerprint: 'f'.repeat(65) },
    { fingerprint: 7 },
    { repeated: 0 },
    { repeated: 1.5 },
    { repeated: '3' },
    { sessionFirstError: 'true' },
    { sessionFirstError: 1 },
    { breadcrumbs: {} },
    { breadcrumbs: [] },
    { breadcrumbs: [null, 5, { ...crumb, t: 'now' }, { ...crumb, t: -5000 }, { ...crumb, message: {} }, { t: nowMs }] },
  ]
  for (const fields of bad)
    assert.deepEqual(Object.keys(await decode(fields)), ['position', 'n', 'timestampUs', 'kind', 'level', 'message'])
  const frames = [null, [], {}, { line: 5 }, { file: 'f', line: 0, column: -1, thirdParty: 'yes', function: '' }]
  assert.deepEqual((await decode({ error: { type: 'E', message: 'm', frames } })).error?.frames, [{ file: 'f' }])
})

test('there are at most 50 frames, the innermost, and 100 breadcrumbs, the last', async () => {
  const { breadcrumbs, error } = await decode({
    breadcrumbs: Array.from({ length: 300 }, (_, i) => ({ ...crumb, message: String(i) })),
    error: { type: 'E', message: 'm', frames: Array.from({ length: 300 }, (_, i) => ({ ...frame, line: i + 1 })) },
  })
  assert.deepEqual([breadcrumbs?.length, breadcrumbs?.[0]?.message, breadcrumbs?.at(-1)?.message], [100, '200', '299'])
  assert.deepEqual([error?.frames?.length, error?.frames?.[0]?.line, error?.frames?.at(-1)?.line], [50, 1, 50])
})

test('records of another kind do not bear them', async () => {
  const { record } = await decodeLine({
    ...exception,
    kind: 'log',
    fingerprint: 'f',
    repeated: 3,
    sessionFirstError: true,
    breadcrumbs: [crumb],
  })
  assert.deepEqual(Object.keys(record!), ['position', 'n', 'timestampUs', 'kind', 'level', 'message'])
})

test('whatever stands in these fields, the record is taken, and what is kept of them is bounded', async () => {
  const anyFrame = fc.record({
    function: fc.anything(),
    file: fc.anything(),
    line: fc.anything(),
    thirdParty: fc.anything(),
  })
  const anyCrumb = fc.record({ t: fc.anything(), category: fc.anything(), message: fc.anything(), data: fc.anything() })
  const like = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.array(arbitrary, { maxLength: 120 }), fc.anything())
  const anyFields = fc.record(
    {
      fingerprint: fc.oneof(fc.string(), fc.anything()),
      repeated: fc.anything(),
      sessionFirstError: fc.anything(),
      breadcrumbs: like(fc.oneof(anyCrumb, fc.constant(crumb))),
      frames: like(fc.oneof(anyFrame, fc.constant(frame))),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(anyFields, async ({ frames, ...fields }) => {
      const text = stringify({ ...exception, ...fields, error: { type: 'E', message: 'm', frames } })
      if (text === undefined) return
      const { record } = await decodeText(text)
      assert.ok(record)
      assert.match(record.fingerprint ?? 'f', /^[A-Za-z0-9_.:-]{1,64}$/)
      assert.ok(record.repeated === undefined || (Number.isSafeInteger(record.repeated) && record.repeated > 0))
      assert.ok(record.sessionFirstError === undefined || record.sessionFirstError === true)
      assert.ok((record.error!.frames?.length ?? 1) <= 50)
      assert.ok((record.breadcrumbs?.length ?? 1) <= 100)
      for (const { t, category, message, data } of record.breadcrumbs ?? []) {
        assert.ok(t >= 0 && category.length <= 64 && message.length <= 1024 && message.isWellFormed())
        for (const value of Object.values(data ?? {})) assert.match(typeof value, /^(?:string|number|boolean)$/)
      }
    }),
    { numRuns: 200 },
  )
})

test('where a page says which view and route it shows, how it is connected and what memory it has, that is bounded', async () => {
  const contextOf = async (context: object) => (await decodeText(JSON.stringify(exception), context)).context
  const full = { view: '0193e4f2', route: '/product/:id', connection: '4g', memoryGb: 0.25 }
  assert.deepEqual(await contextOf(full), full)
  assert.equal((await contextOf({ route: 'r'.repeat(500) })).route?.length, 200)
  const bad = [
    { view: 'a b' },
    { view: 5 },
    { route: '' },
    { route: {} },
    { connection: 4 },
    { memoryGb: '8' },
    { memoryGb: -1 },
  ]
  for (const context of [...bad, { memoryGb: 0 }, { memoryGb: 1e12 }]) assert.deepEqual(await contextOf(context), {})
})

async function decode(fields: object): Promise<RelayRecord> {
  const { record } = await decodeLine({ ...exception, ...fields })
  return record!
}

function decodeLine(line: object) {
  return decodeText(JSON.stringify(line))
}

async function decodeText(line: string, context = {}) {
  const body = Buffer.from(`${JSON.stringify({ ...header, context })}\n${line}`)
  const batch = await decodeNative(body, { maxRecords: 10, maxRecordBytes: 1 << 20, receivedAtMs: nowMs })
  return { record: batch.records[0], context: batch.context }
}

/** Not everything has a JSON form. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
