import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'
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
