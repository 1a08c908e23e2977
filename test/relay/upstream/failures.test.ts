import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Entry, encodeEntries } from '../../../relay/src/entry.ts'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, sampleEntries, samplePart } from './sampleParts.ts'
import { type ReceivedPush, startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const otherLane = 'acme {app="shop", kind="exception"}'

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

  test('what Loki took while the spool could not write it down is found in Loki, and soon', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts, spool } = await shipping(t, loki.url)
    await append(samplePart(lane, numbered('a', 5)))
    let failures = 2
    start({
      spool: {
        ...spool(),
        ack: parts => (failures-- > 0 ? Promise.reject(new Error('database or disk is full')) : spool().ack(parts)),
      },
    })
    await untilEmpty(5000)
    assert.deepEqual(loki.stored(), numbered('a', 5))
    assert.deepEqual(counts, { ...counts, stored: 5, unchecked: 0 })
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

  test('a push of what was missing that fails the same way has its time as well', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty } = await shipping(t, loki.url)
    loki.script({ instead: 'reset' }, { instead: 'reset' })
    start().notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    const [, second, third] = loki.pushes as [ReceivedPush, ReceivedPush, ReceivedPush]
    assert.ok(third.atMs - second.atMs >= 300, `after ${third.atMs - second.atMs} ms`)
    assert.deepEqual(loki.stored(), numbered('a', 5))
  })

  test('equal lines of one nanosecond are told apart, so that none is taken for one pushed before', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, counts } = await shipping(t, loki.url)
    const entries = sampleEntries(Array(40).fill('tick'), Date.now())
    const [{ seconds, nanos }] = entries as [Entry]
    const body = (from: number, to: number) =>
      encodeEntries(entries.slice(from, to).map(entry => ({ ...entry, seconds, nanos })))
    loki.script({}, { instead: 'reset' })
    await append({ lane, records: 20, body: body(0, 20) })
    await append({ lane, records: 20, body: body(20, 40) })
    start({ batchSize: 20 })
    await untilEmpty()
    assert.equal(loki.stored().length, 40)
    assert.equal(counts.stored, 40)
  })

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
