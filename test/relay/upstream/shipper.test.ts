import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { type ReceivedPush, startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const otherLane = 'acme {app="shop", kind="exception"}'
const otherTenant = 'beta {app="blog", kind="log"}'
const everything = { maxRecords: 1e6, maxBytes: 1e9, ttlMs: 60_000 }

describe('shipping', () => {
  test('parts of a lane are joined into one push, and acknowledged', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const shipper = start({ flushIntervalMs: 100 })
    for (const word of ['a', 'b', 'c']) shipper.notify(await append(samplePart(lane, numbered(word, 2))))
    await untilEmpty()
    assert.equal(loki.pushes.length, 1)
    assert.deepEqual(loki.stored(), ['a 0', 'a 1', 'b 0', 'b 1', 'c 0', 'c 1'])
    assert.equal(counts.stored, 6)
    assert.equal(loki.queries(), 0)
    await waitFor(() => shipper.lanes().length === 0, { timeoutMs: 1000, what: 'the lane to end' })
  })

  test('a push holds one lane only', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    const shipper = start()
    shipper.notify(await append(samplePart(lane, ['a']), samplePart(otherLane, ['b']), samplePart(otherTenant, ['c'])))
    await untilEmpty()
    const pushed = loki.pushes.map(({ tenant, labels, lines }) => [`${tenant} ${labels}`, lines])
    assert.deepEqual(
      pushed.sort(),
      [
        [lane, ['a']],
        [otherLane, ['b']],
        [otherTenant, ['c']],
      ].sort(),
    )
  })

  test('a full batch does not wait for more', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start } = await shipping(t, loki.url)
    const shipper = start({ flushIntervalMs: 60_000, batchSize: 10 })
    shipper.notify(await append(samplePart(lane, numbered('a', 9))))
    await sleep(50)
    assert.equal(loki.pushes.length, 0)
    shipper.notify(await append(samplePart(lane, numbered('b', 1))))
    await waitFor(() => loki.pushes.length === 1, { timeoutMs: 2000, what: 'a push' })
  })

  test('what waited in the spool at the start is shipped without being told', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    for (let i = 0; i < 50; i++) await append(samplePart(lane, numbered(`part ${i}`, 50)))
    start({ batchSize: 100, flushIntervalMs: 60_000 })
    await untilEmpty()
    assert.equal(loki.stored().length, 2500)
    assert.ok(loki.pushes.every(push => push.lines.length <= 100))
  })

  test('a backlog is not held up by waiting for company, though new records keep coming', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start } = await shipping(t, loki.url)
    for (let i = 0; i < 10; i++) await append(samplePart(lane, numbered(`part ${i}`, 100)))
    const shipper = start({ batchSize: 100, flushIntervalMs: 60_000 })
    shipper.notify(await append(samplePart(lane, numbered('new', 10))))
    await waitFor(() => loki.stored().length >= 1000, { timeoutMs: 5000, what: 'the backlog' })
  })

  test('a part larger than a push goes in several, in order', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    const lines = numbered('x'.repeat(10_000), 700)
    await append(samplePart(lane, lines))
    start({ batchSize: 500 })
    await untilEmpty()
    assert.deepEqual(loki.stored(), lines)
    assert.deepEqual(
      loki.pushes.map(push => push.lines.length > 0 && push.lines.length < 500),
      loki.pushes.map(() => true),
    )
  })

  test('a lane in trouble does not hold up another', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, counts } = await shipping(t, loki.url)
    loki.always(push => (push.tenant === 'acme' ? { instead: 'hang' } : {}))
    const shipper = start({ timeoutMs: 60_000 })
    for (let i = 0; i < 20; i++) shipper.notify(await append(samplePart(`acme {app="shop", n="${i}"}`, ['a'])))
    await waitFor(() => loki.pushes.length > 0, { timeoutMs: 2000, what: 'the hanging pushes' })
    shipper.notify(await append(samplePart(otherTenant, ['b'])))
    await waitFor(() => counts.stored === 1, { timeoutMs: 2000, what: 'the other lane to be shipped' })
  })
})

describe('failures', () => {
  test('a push that was certainly not applied is repeated as it was, without a look', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.script(...Array(7).fill({ status: 500, text: 'empty ring' }))
    start().notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.deepEqual(loki.stored(), numbered('a', 5))
    assert.equal(loki.queries(), 0)
    assert.equal(counts.stored, 5)
  })

  test('an open breaker lets one part try, and all the rest follow when it gets through', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    for (let i = 0; i < 20; i++) await append(samplePart(lane, [`part ${i}`]))
    loki.script(...Array(5).fill({ status: 500, text: 'empty ring' }))
    start()
    await untilEmpty()
    assert.deepEqual(
      loki.pushes.map(push => push.lines.length),
      [20, 20, 20, 20, 20, 1, 19],
    )
    assert.deepEqual(loki.stored(), numbered('part', 20))
  })

  test('the log tells of a lane when its state changes, not at each retry', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.script(...Array(6).fill({ status: 500, text: 'empty ring' }))
    start().notify(await append(samplePart(lane, ['secret'])))
    await untilEmpty()
    await waitFor(() => counts.logged.length >= 2, { timeoutMs: 1000, what: 'the recovery to be logged' })
    assert.equal(counts.logged.length, 2)
    assert.doesNotMatch(JSON.stringify(counts.logged), /secret/)
  })

  test('an applied push without an answer is found, and not pushed again', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.script({ instead: 'reset', store: true })
    start().notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.deepEqual(loki.stored(), numbered('a', 5))
    assert.equal(loki.pushes.length, 1)
    assert.deepEqual(counts, { ...counts, stored: 5, unchecked: 0, results: ['ambiguous'] })
  })

  for (const [name, step] of [
    ['a reset after the body', { instead: 'reset' }],
    ['an answer 502', { status: 502 }],
    ['no answer in time', { instead: 'hang' }],
  ] as const) {
    test(`${name}: only what is missing is pushed again, and not before a late push had its time`, async t => {
      const loki = await startScriptedLoki(t)
      const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
      loki.script({ ...step, store: entry => entry.line !== 'a 3' })
      start({ timeoutMs: 200 }).notify(await append(samplePart(lane, numbered('a', 5))))
      await untilEmpty()
      const [first, second] = loki.pushes as [ReceivedPush, ReceivedPush]
      assert.deepEqual(second.lines, ['a 3'])
      assert.ok(second.atMs - first.atMs >= 300, `after ${second.atMs - first.atMs} ms`)
      assert.equal(loki.queries(), 2)
      assert.equal(counts.stored, 5)
    })
  }

  test('without leave to read the push is repeated as it was, and counted', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.answerQueries({ status: 403, text: 'forbidden' })
    loki.script({ instead: 'reset', store: true })
    start().notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.deepEqual(loki.pushes[1]?.lines, numbered('a', 5))
    assert.equal(counts.unchecked, 5)
    assert.equal(counts.stored, 5)
  })

  test('a look that is not answered is repeated, never replaced by a push', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    loki.answerQueries({ status: 503, text: 'not now' })
    loki.script({ instead: 'reset', store: true })
    start().notify(await append(samplePart(lane, numbered('a', 5))))
    await waitFor(() => loki.queries() > 6, { timeoutMs: 5000, what: 'some looks' })
    assert.equal(loki.pushes.length, 1)
    loki.answerQueries(undefined)
    await untilEmpty()
    assert.equal(loki.pushes.length, 1)
  })

  test('throttled pushes come again, smaller', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const text = 'ingestion rate limit exceeded for user acme (limit: 100 bytes/sec) while …'
    loki.always(push => (push.lines.length > 10 ? { status: 429, text } : {}))
    await append(samplePart(lane, numbered('a', 64)))
    start({ batchSize: 64 })
    await untilEmpty()
    assert.deepEqual(loki.stored().sort(), numbered('a', 64).sort())
    assert.equal(counts.quarantined, 0)
  })

  test('what Loki stored of a throttled push is not pushed again', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    const text = 'entry with timestamp … ignored, reason: Per stream rate limit exceeded'
    loki.script({ status: 429, text, store: entry => entry.line < 'a 5' })
    await append(samplePart(lane, numbered('a', 8)))
    start()
    await untilEmpty()
    assert.deepEqual(loki.stored(), numbered('a', 8))
  })

  test('an entry that never fits the rate limit does not hold up the lane for ever', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const text = 'ingestion rate limit exceeded for user acme (limit: 1000 bytes/sec) while …'
    const huge = 'x'.repeat(5000)
    loki.always(push => (push.lines.includes(huge) ? { status: 429, text } : {}))
    await append(samplePart(lane, ['a', huge, 'b']))
    start({ maxRetryDelayMs: 10 })
    await untilEmpty()
    assert.deepEqual(loki.stored(), ['a', 'b'])
    assert.deepEqual(counts, { ...counts, stored: 2, quarantined: 1 })
  })

  test('a push that is too large is halved until it goes through', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    loki.always(push => (push.lines.length > 3 ? { status: 413, text: 'too large' } : {}))
    await append(samplePart(lane, numbered('a', 10)), samplePart(otherLane, ['b']))
    start()
    await untilEmpty()
    assert.deepEqual(loki.stored().sort(), [...numbered('a', 10), 'b'].sort())
    assert.equal(counts.stored, 11)
  })
})

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
    const [status] = shipper.lanes()
    assert.equal(status?.state, 'stopped')
    assert.match(status?.reason ?? '', /401 no such user/)
    loki.always(() => ({}))
    await untilEmpty()
    assert.deepEqual(loki.stored(), ['b', 'a'])
    assert.equal(counts.quarantined, 0)
  })
})

describe('restarts', () => {
  test('parts that a former process had under way are looked for first, the others are just pushed', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, spool, reopen, counts } = await shipping(t, loki.url)
    await append(samplePart(lane, numbered('a', 5)))
    await append(samplePart(otherLane, numbered('b', 5)))
    // The former process pushes the first, and dies before it can say so.
    loki.always(() => ({ instead: 'reset', store: true }))
    const former = start({ settleMs: 60_000 })
    await waitFor(() => loki.stored().length === 10, { timeoutMs: 5000, what: 'both lanes to be pushed' })
    await former.stop()
    await append(samplePart(lane, numbered('c', 5)))
    await reopen()
    loki.always(() => ({}))
    start()
    await untilEmpty()
    assert.deepEqual(loki.stored().sort(), [...numbered('a', 5), ...numbered('b', 5), ...numbered('c', 5)].sort())
    assert.equal(counts.stored, 15)
    assert.equal((await spool().stats()).parts, 0)
  })

  test('parts that were never leased need no look at the start', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, reopen } = await shipping(t, loki.url)
    await append(samplePart(lane, numbered('a', 5)))
    await reopen()
    start()
    await untilEmpty()
    assert.equal(loki.queries(), 0)
  })

  test('parts whose process died before it pushed them are pushed after the wait', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, spool, reopen } = await shipping(t, loki.url)
    await append(samplePart(lane, numbered('a', 5)))
    await spool().lease({ lane, ...everything })
    await reopen()
    start()
    await untilEmpty()
    assert.deepEqual(loki.stored(), numbered('a', 5))
    assert.equal(loki.queries(), 2)
  })
})

describe('the end', () => {
  test('drain ships at once what would have waited for more', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, spool } = await shipping(t, loki.url)
    const shipper = start({ flushIntervalMs: 60_000 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5)), samplePart(otherTenant, ['b'])))
    await shipper.drain(Date.now() + 5000)
    assert.equal((await spool().stats()).parts, 0)
  })

  test('drain does not wait for a Loki that is gone, and nothing is lost', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, spool } = await shipping(t, loki.url)
    loki.always(() => ({ status: 500, text: 'empty ring' }))
    const shipper = start()
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    const startedMs = Date.now()
    await shipper.drain(startedMs + 20_000)
    assert.ok(Date.now() - startedMs < 10_000)
    assert.equal((await spool().stats()).records, 5)
  })

  test('drain ends at its deadline', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start } = await shipping(t, loki.url)
    loki.always(() => ({ instead: 'hang' }))
    const shipper = start({ timeoutMs: 60_000 })
    shipper.notify(await append(samplePart(lane, ['a'])))
    const startedMs = Date.now()
    await shipper.drain(startedMs + 300)
    const tookMs = Date.now() - startedMs
    assert.ok(tookMs >= 280 && tookMs < 2000, `${tookMs} ms`)
  })

  test('stop gives up a hanging push by a reset and leaves its part free', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, spool } = await shipping(t, loki.url)
    loki.always(() => ({ instead: 'hang' }))
    const shipper = start({ timeoutMs: 60_000 })
    shipper.notify(await append(samplePart(lane, ['a'])))
    await waitFor(() => loki.pushes.length === 1, { timeoutMs: 2000, what: 'the push' })
    await shipper.stop()
    assert.equal((await spool().stats()).leased, 0)
    const [part] = await spool().lease({ lane, ...everything })
    assert.equal(part?.attempts, 1)
    await waitFor(() => loki.endings.includes('ECONNRESET'), { timeoutMs: 2000, what: 'the reset' })
  })
})
