import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const otherLane = 'acme {app="shop", kind="exception"}'
const everything = { maxRecords: 1e6, maxBytes: 1e9, ttlMs: 60_000 }

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
