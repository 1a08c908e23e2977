import assert from 'node:assert/strict'
import test from 'node:test'
import { pageModule } from './pageModule.ts'

const { createGroups, sparkOf, bucketMs, bucketCount } = await pageModule('groups')
const { createVitals } = await pageModule('vitals')
const { readAddress, writeAddress } = await pageModule('address')
const { readRecord } = await pageModule('record')
const nowMs = 1_795_000_000_000

function exception(
  change: { fingerprint?: string; session?: string; app?: string; atMs?: number; body?: object } = {},
) {
  const { fingerprint = 'aa', session = 's1', app = 'shop', atMs = nowMs, body } = change
  return readRecord({
    id: 1,
    app,
    tenant: 't',
    labels: { app, kind: 'exception' },
    metadata: { level: 'error', session_id: session, ...(fingerprint && { fingerprint }) },
    timestampMs: atMs,
    receivedAtMs: nowMs,
    line: JSON.stringify({ message: 'failed', error: { type: 'TypeError', message: 'x is undefined' }, ...body }),
  })
}

function measured(values: object, attributes: object = {}, app = 'shop') {
  return readRecord({
    id: 1,
    app,
    tenant: 't',
    labels: { app, kind: 'measurement' },
    metadata: { level: 'info' },
    timestampMs: nowMs,
    receivedAtMs: nowMs,
    line: JSON.stringify({ message: 'm', values, attributes }),
  })
}

test('equal errors of an app are one group, with their sessions and what they stand for', () => {
  const groups = createGroups()
  for (const session of ['s1', 's2', 's1']) groups.add(exception({ session }))
  groups.add(exception({ body: { repeated: 40 } }))
  groups.add(exception({ fingerprint: 'bb' }))
  groups.add(exception({ app: 'blog' }))
  groups.add(exception({ fingerprint: '' }))
  const [first, ...others] = groups.list()
  assert.deepEqual([first.title, first.count, first.sessions.size], ['TypeError: x is undefined', 43, 2])
  assert.deepEqual(
    others.map(({ count }: { count: number }) => count),
    [1, 1, 1],
  )
  assert.equal(groups.list('blog').length, 1)
})

test('a sparkline counts by time, and a hostile clock or count stays out of it', () => {
  const groups = createGroups()
  for (const ago of [0, 0, 1, 5, bucketCount]) groups.add(exception({ atMs: nowMs - ago * bucketMs }))
  groups.add(exception({ atMs: 8e15, body: { repeated: 1e300 } }))
  groups.add(exception({ atMs: 0, body: { repeated: -5 } }))
  const counts = sparkOf(groups.list()[0], nowMs)
  assert.equal(groups.list()[0].count, 5 + 1_000_000 + 1, 'one record stands for a million others at most')
  assert.deepEqual([counts.length, counts.at(-1), counts.at(-2), counts.at(-6)], [bucketCount, 2, 1, 1])
  assert.equal(
    counts.reduce((sum: number, count: number) => sum + count),
    4,
  )
})

test('groups, their sessions and their bars are bounded', () => {
  const groups = createGroups()
  for (let n = 0; n < 10_000; n++)
    groups.add(exception({ fingerprint: `f${n}`, session: `s${n}`, atMs: nowMs - n * bucketMs }))
  assert.equal(groups.list().length, 200)
  for (let n = 0; n < 10_000; n++) groups.add(exception({ session: `s${n}`, atMs: nowMs - n * bucketMs }))
  const { sessions, buckets } = groups.list()[0]
  assert.equal(sessions.size, 1000)
  assert.ok(buckets.size <= 2 * bucketCount, `${buckets.size} bars`)
})

test('of a web vital the last word of each page view counts, rated by its 75th percentile', () => {
  const vitals = createVitals()
  vitals.add(measured({ cls: 0.02 }, { id: 'v1' }))
  vitals.add(measured({ cls: 0.3 }, { id: 'v1' }))
  for (const [index, lcp] of [1000, 2000, 3000, 9000].entries()) vitals.add(measured({ lcp }, { id: `p${index}` }))
  vitals.add(measured({ lcp: 500 }, { id: 'other' }, 'blog'))
  vitals.add(measured({ inp: 'fast', fcp: null, search_ms: 12 }))
  const of = (name: string, app?: string) => vitals.vitals(app).find((vital: { name: string }) => vital.name === name)
  assert.deepEqual([of('cls').count, of('cls').p75, of('cls').rating], [1, 0.3, 'poor'])
  const { count, p75, rating, good, fair, poor } = of('lcp', 'shop')
  assert.deepEqual(
    { count, p75, rating, good, fair, poor },
    { count: 4, p75: 3000, rating: 'fair', good: 2, fair: 1, poor: 1 },
  )
  assert.equal(of('lcp').count, 5)
  assert.deepEqual([of('inp').count, of('inp').rating], [0, undefined])
  assert.deepEqual(vitals.others(), [{ name: 'search_ms', count: 1, p50: 12, p75: 12, last: 12 }])
})

test('names and samples of measurements are bounded', () => {
  const vitals = createVitals()
  for (let n = 0; n < 1000; n++) vitals.add(measured({ [`m${n}`]: n, lcp: n }, { id: `v${n}` }))
  assert.ok(vitals.others().length <= 50)
  assert.equal(vitals.vitals()[0].count, 500)
})

test('the address says what is shown, and nothing else', () => {
  for (const hash of ['', '#session=4f1c', '#view=errors&app=shop', '#text=a+b&levels=error%2Cfatal&record=p-1'])
    assert.equal(writeAddress(readAddress(hash)), hash)
  for (const hash of ['#view=nonsense', '#levels=nonsense', '#__proto__=x', '#', '#%zz'])
    assert.equal(writeAddress(readAddress(hash)), '')
})
