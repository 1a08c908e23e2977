import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { batchOf, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'
import { startShippingRelay } from './shippingRelay.ts'

const inside = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)
const line = (n: number, more: string) =>
  `{"n":${n},"t":${Date.now()},"kind":"log","level":"info","message":"m",${more}}`

describe('JSON that is deep, wide or twisted costs its own record, and its neighbours are stored', () => {
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())

  const bad: [what: string, line: () => string, reason: string][] = [
    ['lists, 100,000 deep', () => line(5, `"attributes":{"a":${inside('[', ']', 100_000)}}`), 'too_deep'],
    [
      'objects, 40,000 deep',
      () => line(5, `"attributes":${inside('{"a":', '}', 40_000).replace('}', '1}')}`),
      'too_deep',
    ],
    ['lists, 100,000 deep, without an end', () => line(5, `"attributes":${'['.repeat(100_000)}`), 'invalid_json'],
    ['causes, 7,000 deep', () => line(5, `"error":${causes(7000)}`), 'too_deep'],
    ['half a million keys', () => line(5, `"attributes":{${keys(500_000)}}`), 'too_large'],
    ['a number beyond all bounds', () => line(5, '"attributes":{"a":{"b":[1e999]}}'), 'invalid_record'],
    ['a negative one', () => line(5, '"values":{"a":-1e999}'), 'invalid_record'],
    ['NaN', () => line(5, '"attributes":{"a":NaN}'), 'invalid_json'],
    ['an n that no number holds', () => line(5, '"a":1').replace('"n":5', '"n":9007199254740993'), 'invalid_record'],
    ['a trailing comma', () => line(5, '"attributes":{"a":1,}'), 'invalid_json'],
    ['a comment', () => line(5, '"a":1/*b*/'), 'invalid_json'],
    ['bytes that are no UTF-8', () => `{"n":5,"${'\ufffd'}`, 'invalid_json'],
  ]
  for (const [what, text, reason] of bad)
    test(`${what}: ${reason}`, async () => {
      const body = gzipSync(batchOf([recordOf(1), text(), recordOf(2)]))
      const startMs = performance.now()
      const { status, json } = await send(relay, { body })
      const rejected = json.rejected.map((item: { reason: string }) => item.reason)
      assert.deepEqual([status, json.accepted, rejected], [202, 2, [reason]])
      assert.ok(performance.now() - startMs < 2000)
    })

  test('a million keys: 413 for the batch', async () => {
    const body = gzipSync(batchOf([line(5, `"attributes":{${keys(1_000_000)}}`)]))
    const { status, json } = await send(relay, { body })
    assert.deepEqual([status, json.error?.code], [413, 'too_large'])
  })

  test('as a header: invalid_batch', async () => {
    for (const depth of [30_000, 10]) {
      const custom = inside('[', ']', depth)
      const header = `{"v":1,"batch":"deep-header-${String(depth).padStart(8, '0')}","sentAtMs":${Date.now()},"context":${custom}}`
      const { status, json } = await send(relay, { body: `${header}\n{}` })
      assert.deepEqual([status, json.error?.code], [400, 'invalid_batch'])
    }
  })
})

test('10,000 keys, keys that come twice, lone surrogates and huge numbers of digits are stored as well-formed JSON', async t => {
  const { relay, loki, stored } = await startShippingRelay(t)
  const lines = [
    line(1, `"attributes":{${keys(10_000)}}`),
    line(2, '"attributes":{"a":1,"a":2},"level":"fatal"'),
    line(3, String.raw`"attributes":{"\ud800":"\udc00x","ok":"\ud83d\ude00"}`),
    line(4, `"attributes":{"a":${'9'.repeat(300)},"b":1e-999,"c":-0}`),
  ]
  const { json } = await send(relay, { body: batchOf(lines) })
  assert.deepEqual([json.accepted, json.rejected], [4, []])
  const entries = new Map((await stored(4)).map(entry => [entry.metadata.record_id?.split('-').at(-1), entry]))
  for (const text of loki.stored()) assert.ok(text.isWellFormed() && Buffer.byteLength(text) <= 200 * 1024)
  assert.equal(Object.keys(entries.get('1')!.line.attributes).length, 10_000)
  assert.deepEqual(entries.get('2')!.line.attributes, { a: 2 })
  assert.equal(entries.get('2')!.metadata.level, 'fatal')
  assert.deepEqual(entries.get('3')!.line.attributes, { '\ufffd': '\ufffdx', ok: '\u{1f600}' })
  assert.ok(Number.isFinite(entries.get('4')!.line.attributes.a))
})

test('keys that could become a prototype reach no object of the relay and no entry, at no depth of any field', async t => {
  const { relay, loki, stored } = await startShippingRelay(t)
  const poison = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}'
  const nest = (depth: number): string =>
    depth === 0 ? `{${poison}}` : `{${poison},"a":${nest(depth - 1)},"l":[{${poison}}]}`
  const header =
    `{"v":1,"batch":"prototype-pollution-1","sentAtMs":${Date.now()},${poison},` +
    `"drops":{"__proto__":5,"constructor":5,"polluted":1,"toString":5},` +
    `"context":{"page":"p1",${poison},"user":{"id":"u",${poison}},"custom":${nest(5)}}}`
  const record = line(
    1,
    `${poison},"attributes":${nest(5)},"values":{"a":1,"__proto__":1},` +
      `"error":{"type":"E","message":"m",${poison},"properties":${nest(5)},"cause":{"type":"C","message":"c",${poison}}}`,
  )
  const answer = await send(relay, { body: `${header}\n${record}` })
  assert.deepEqual([answer.status, answer.json.accepted], [202, 1])
  await stored(1)
  assert.doesNotMatch(loki.stored()[0]!, /polluted|__proto__|constructor|prototype/)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
  const metrics = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
  assert.doesNotMatch(metrics.json, /polluted|__proto__|toString/)
})

test('a time that is none is a rejected record, and every other one becomes a time that Loki takes', async t => {
  const { relay, stored } = await startShippingRelay(t)
  const dayMs = 86_400_000
  const nowMs = Date.now()
  const refused = ['-1', '1e308', '1e999', 'null', 'true', '"2026-11-20T00:00:00Z"', `"${nowMs}"`, `[${nowMs}]`, 'NaN']
  const noMilliseconds = [nowMs * 1e3, nowMs * 1e6, Date.UTC(9999, 0), '1'.repeat(100)].map(String)
  const taken = [0, Math.floor(nowMs / 1000), nowMs - 7 * dayMs, nowMs + 3_600_000, Date.UTC(2200, 0), nowMs].map(
    String,
  )
  const times = [...refused, ...noMilliseconds, ...taken]
  const records = times.map((time, n) => `{"n":${n},"t":${time},"kind":"log","level":"info","message":"${n}"}`)
  const { status, json } = await send(relay, { body: batchOf(records) })
  const rejected = json.rejected.map(({ n }: { n: number }) => n)
  const first = refused.length + noMilliseconds.length
  assert.deepEqual([status, json.accepted, rejected], [202, taken.length, [...Array(first).keys()]])
  for (const { ns, labels, line } of await stored(taken.length)) {
    const ageMs = nowMs - Number(ns / 1_000_000n)
    assert.ok(ageMs < 6.6 * dayMs && ageMs > -6 * 60_000, `${times[line.message]} became ${ns}`)
    assert.doesNotMatch(labels, /late/)
  }
})

test('clocks and offsets of the header that are none: invalid_batch', async t => {
  const relay = await startSourceRelay(t)
  const times = ['"x"', 'null', '-1', '1e308', '1e999', '[]', `${Date.now() * 1e6}`]
  for (const [i, value] of times.entries()) {
    const header = `{"v":1,"batch":"clock-abuse-00000${i}","sentAtMs":${value}}`
    assert.equal((await send(relay, { body: `${header}\n{}` })).json.error?.code, 'invalid_batch', value)
  }
  for (const clockOffsetMs of ['5', 1e308, -1e300, [], true]) {
    const { json } = await send(relay, { body: batchOf([recordOf(1)], { clockOffsetMs }) })
    assert.equal(json.error?.code, 'invalid_batch', String(clockOffsetMs))
  }
})

function keys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',')
}

function causes(depth: number): string {
  return `${'{"type":"E","message":"m","cause":'.repeat(depth)}{"type":"E","message":"m"}${'}'.repeat(depth)}`
}
