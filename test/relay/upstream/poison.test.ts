import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const otherTenant = 'beta {app="blog", kind="log"}'

describe('poison', () => {
  const tooOld = '1 errors like: entry for stream … has timestamp too old: …'

  test('entries that Loki refuses are set aside with its words, their neighbours are stored once', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts, spool } = await shipping(t, loki.url)
    const isBad = (line: string) => line === 'a 3' || line === 'b 7'
    loki.always(({ lines }) =>
      lines.some(isBad) ? { status: 400, text: tooOld, store: ({ line }) => !isBad(line) } : {},
    )
    await append(samplePart(lane, numbered('a', 10)))
    await append(samplePart(lane, numbered('b', 10), Date.now() + 1000))
    start()
    await untilEmpty()
    const good = [...numbered('a', 10), ...numbered('b', 10)].filter(line => !isBad(line))
    assert.deepEqual(loki.stored().sort(), good.sort())
    assert.equal((await spool().stats()).quarantinedRecords, 2)
    assert.deepEqual(counts, { ...counts, stored: 18, quarantined: 2 })
  })

  test('while Loki does not say what it stored of a refused push, nothing of it is pushed again', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const isBad = (line: string) => line === 'a 3'
    loki.answerQueries({ status: 500, text: 'no' })
    loki.always(({ lines }) =>
      lines.some(isBad) ? { status: 400, text: tooOld, store: ({ line }) => !isBad(line) } : {},
    )
    await append(samplePart(lane, numbered('a', 100)))
    start()
    await waitFor(() => loki.queries() > 2, { timeoutMs: 5000, everyMs: 5, what: 'looks' })
    assert.equal(loki.pushes.length, 1)
    loki.answerQueries(undefined)
    await untilEmpty()
    assert.deepEqual(
      loki.stored().sort(),
      numbered('a', 100)
        .filter(line => !isBad(line))
        .sort(),
    )
    assert.deepEqual(counts, { ...counts, stored: 99, quarantined: 1, unchecked: 0 })
  })

  test('without leave to read, what is pushed again around a refused entry is counted, once each', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const isBad = (line: string) => line === 'a 3'
    loki.answerQueries({ status: 403, text: 'no' })
    loki.always(({ lines }) =>
      lines.some(isBad) ? { status: 400, text: tooOld, store: ({ line }) => !isBad(line) } : {},
    )
    await append(samplePart(lane, numbered('a', 100)))
    start()
    await untilEmpty()
    assert.equal(new Set(loki.stored()).size, 99)
    assert.deepEqual(counts, { ...counts, stored: 99, quarantined: 1, unchecked: 99 })
  })

  test('an entry that makes Loki refuse the whole push is found by halving', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.always(({ lines }) => (lines.includes('a 31') ? { status: 500, text: 'label name is empty' } : {}))
    await append(samplePart(lane, numbered('a', 100)))
    start()
    await untilEmpty()
    assert.deepEqual(
      loki.stored(),
      numbered('a', 100).filter(line => line !== 'a 31'),
    )
    assert.deepEqual(counts, { ...counts, stored: 99, quarantined: 1 })
    assert.ok(loki.pushes.length < 20, `${loki.pushes.length} pushes`)
  })

  test('a part that is all poison leaves the spool', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.always(() => ({ status: 400, text: tooOld }))
    await append(samplePart(lane, numbered('a', 5)))
    start()
    await untilEmpty()
    assert.deepEqual(counts, { ...counts, stored: 0, quarantined: 5 })
  })

  test('a refusal nobody knows sets an entry aside only if Loki takes others', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.always(({ lines }) => (lines.includes('a 2') ? { status: 400, text: 'no idea' } : {}))
    await append(samplePart(lane, numbered('a', 5)))
    start()
    await untilEmpty()
    assert.deepEqual(counts, { ...counts, stored: 4, quarantined: 1 })
  })

  test('a gateway that refuses some pushes in words nobody knows costs no record when it is well again', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts, spool } = await shipping(t, loki.url)
    await append(samplePart(lane, numbered('a', 30)))
    await append(samplePart(lane, numbered('b', 30), Date.now() + 1000))
    // 1. Every push of the first round is refused but that of "a 0": 59 entries are refused alone.
    loki.always(({ lines }) => (lines.length === 1 && lines[0] === 'a 0' ? {} : { status: 400, text: 'Bad Request' }))
    start({ configRetryMs: 300 })
    await waitFor(() => loki.stored().length === 1, { timeoutMs: 5000, what: 'one of them to get through' })
    // 2. The gateway is well again before the next round.
    loki.always(() => ({}))
    await untilEmpty()
    assert.deepEqual(loki.stored().sort(), [...numbered('a', 30), ...numbered('b', 30)].sort(), 'each once')
    assert.equal((await spool().stats()).quarantinedRecords, 0)
    assert.deepEqual(counts, { ...counts, stored: 60, quarantined: 0 })
  })

  test('a refusal nobody knows of everything stops the lane, and keeps its data until it goes through', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts, spool } = await shipping(t, loki.url)
    const proxy = { status: 400, text: 'The plain HTTP request was sent to HTTPS port' }
    loki.always(() => proxy)
    await append(samplePart(lane, numbered('a', 100)))
    const shipper = start()
    const stopped = () => shipper.lanes().find(status => status.state === 'stopped')
    const status = await waitFor(stopped, { timeoutMs: 5000, what: 'the lane to stop' })
    assert.match(status.reason ?? '', /plain HTTP/)
    assert.ok(loki.pushes.length < 40, `${loki.pushes.length} pushes`)
    assert.equal((await spool().stats()).records, 100)
    loki.always(() => ({}))
    await untilEmpty()
    assert.deepEqual(counts, { ...counts, stored: 100, quarantined: 0 })
    assert.deepEqual(loki.stored(), numbered('a', 100))
  })

  test('missing leave to write stops the lane with its data kept, and other tenants go on', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.always(push => (push.tenant === 'acme' ? { status: 401, text: 'no such user' } : {}))
    const shipper = start()
    shipper.notify(await append(samplePart(lane, ['a']), samplePart(otherTenant, ['b'])))
    await waitFor(() => counts.stored === 1, { timeoutMs: 2000, what: 'the other tenant to be shipped' })
    const stopped = () => shipper.lanes().find(({ state }) => state === 'stopped')
    const status = await waitFor(stopped, { timeoutMs: 2000, what: 'the lane to stop' })
    assert.match(status.reason ?? '', /401 no such user/)
    loki.always(() => ({}))
    await untilEmpty()
    assert.deepEqual(loki.stored(), ['b', 'a'])
    assert.equal(counts.quarantined, 0)
  })
})
