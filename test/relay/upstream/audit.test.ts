import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const otherLane = 'acme {app="shop", kind="exception"}'
const all = [...numbered('a', 5), ...numbered('b', 5), 'after']

describe('after Loki was out of reach', () => {
  test('what it acknowledged before and has lost is pushed again, the rest is left alone', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, counts, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep() })
    shipper.notify(await append(samplePart(lane, numbered('a', 5)), samplePart(otherLane, numbered('b', 5))))
    await untilEmpty()
    loki.lose(line => line === 'a 2' || line === 'b 4')
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(lane, ['after'], Date.now() + 1000)))
    await untilEmpty()
    await untilAudited()
    assert.deepEqual(loki.stored().sort(), all.sort())
    assert.deepEqual(
      loki.pushes
        .slice(-2)
        .flatMap(push => push.lines)
        .sort(),
      ['a 2', 'b 4'],
    )
    assert.deepEqual(audited.found, { present: 8, lost: 2, restored: 2 })
    assert.equal(counts.stored, 11, 'a record counts as stored once')
    assert.match(JSON.stringify(counts.logged), /has lost what it had acknowledged/)
  })

  test('a Loki that has lost nothing is asked once, and nothing is pushed or held up', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), settleMs: 60_000 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5)), samplePart(otherLane, numbered('b', 5))))
    await untilEmpty()
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(lane, ['after'], Date.now() + 1000)))
    await untilEmpty()
    await untilAudited()
    assert.equal(loki.queries(), 2, 'one for each lane')
    assert.deepEqual(loki.stored().sort(), all.sort())
    assert.deepEqual(audited.found, { present: 10 })
  })

  test('what it shows only after a while is not taken for lost', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep, counts } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), settleMs: 1000 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    const nothing = { status: 200, text: JSON.stringify({ data: { result: [] } }) }
    loki.answerQueries(nothing)
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(lane, ['after'], Date.now() + 1000)))
    await untilEmpty()
    await waitFor(() => loki.queries() > 0, { timeoutMs: 5000, what: 'the first look' })
    loki.answerQueries(undefined)
    await untilAudited()
    assert.deepEqual(audited.found, { present: 5 })
    assert.equal(loki.pushes.length, 3)
    assert.doesNotMatch(JSON.stringify(counts.logged), /has lost/)
  })

  test('or ended a connection while nothing was to be pushed, it is asked as well', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    start({ kept: await keep() }).notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.lose(() => true)
    loki.closeIdle()
    await untilAudited()
    assert.deepEqual(loki.stored(), numbered('a', 5))
    assert.deepEqual(audited.found, { lost: 5, restored: 5 })
  })

  test('at regular times it is asked although nothing has happened, where an operator wants that', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    start({ kept: await keep(), auditIntervalMs: 50 }).notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    await untilAudited(audited.passes + 1)
    loki.lose(line => line === 'a 2')
    await waitFor(() => audited.found.restored, { timeoutMs: 10_000, what: 'the lost record to be pushed again' })
    assert.deepEqual(loki.stored().sort(), numbered('a', 5).sort())
    assert.equal(audited.found.lost, 1)
  })

  test('again and again without having lost anything, it is asked less and less often', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), auditEveryMs: 50 })
    const endMs = performance.now() + 2000
    while (performance.now() < endMs) {
      loki.script({ status: 500, text: 'empty ring' })
      shipper.notify(await append(samplePart(lane, ['a'])))
      await untilEmpty()
    }
    assert.ok(audited.passes >= 2 && audited.passes <= 7, `${audited.passes} audits`)
  })

  test('one that was merely slow or refuses is not audited', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), timeoutMs: 200 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.script({ instead: 'hang' }, { status: 429, text: 'ingestion rate limit exceeded' }, { status: 504 })
    shipper.notify(await append(samplePart(otherLane, numbered('b', 5))))
    await untilEmpty()
    await sleep(100)
    assert.equal(audited.passes, 0)
  })

  test('it is asked for one thing at a time until it answers, however much there is to ask for', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), retryDelayMs: 20, maxRetryDelayMs: 100 })
    const lanes = Array.from({ length: 50 }, (_, i) => `acme {app="shop", n="${i}"}`)
    shipper.notify(await append(...lanes.map(name => samplePart(name, ['x']))))
    await untilEmpty()
    loki.answerQueries({ status: 503, text: 'not yet' })
    loki.closeIdle()
    await sleep(1000)
    assert.ok(loki.queries() > 2 && loki.queries() < 45, `${loki.queries()} queries in a second`)
    loki.answerQueries(undefined)
    await untilAudited()
    assert.deepEqual(audited.found, { present: 50 })
  })

  test('it is asked until it answers, and what it kept is not let go meanwhile', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep, counts } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), auditWindowMs: 300 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.lose(() => true)
    loki.answerQueries({ status: 503, text: 'starting' })
    loki.always(() => ({ status: 503 }))
    shipper.notify(await append(samplePart(otherLane, numbered('b', 5))))
    await sleep(1500)
    loki.always(() => ({}))
    loki.answerQueries(undefined)
    await untilEmpty()
    await untilAudited()
    assert.deepEqual(loki.stored().sort(), [...numbered('a', 5), ...numbered('b', 5)].sort())
    assert.equal(audited.found.restored, 5)
    assert.equal(counts.stored, 10)
  })

  test('while it does not answer what grows too old for its queries is let go, counted and told', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, audited, keep, counts } = await shipping(t, loki.url)
    const kept = await keep()
    let passedMs = 0
    const shipper = start({
      kept: { ...kept, forget: ageMs => kept.forget(ageMs - passedMs) },
      auditWindowMs: 300,
      auditEveryMs: 60_000,
    })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.answerQueries({ status: 503, text: 'starting' })
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(lane, numbered('b', 5))))
    await untilEmpty()
    passedMs = 3 * 3_600_000
    await waitFor(() => audited.found.let_go, { timeoutMs: 5000, what: 'it to be let go' })
    assert.deepEqual(audited.found, { let_go: 10 })
    assert.match(JSON.stringify(counts.logged), /let go of what Loki had acknowledged/)
  })

  test('with nothing acknowledged before there is nothing to ask', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, audited, keep } = await shipping(t, loki.url)
    loki.script({ status: 500, text: 'empty ring' })
    start({ kept: await keep() }).notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.deepEqual([audited.passes, loki.queries()], [0, 0])
  })

  test('what was acknowledged longer ago than the window is not kept', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, keep } = await shipping(t, loki.url)
    const kept = await keep()
    const shipper = start({ kept, auditWindowMs: 300 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.ok(kept.bytes() > 0)
    await waitFor(() => kept.bytes() === 0, { timeoutMs: 5000, what: 'it to be let go' })
  })

  test('what it has lost is found although the wall clock was set forward by hours meanwhile', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), auditWindowMs: 5000 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 3_600_000 })
    loki.lose(() => true)
    loki.script({ status: 500, text: 'empty ring' })
    await sleep(700)
    shipper.notify(await append(samplePart(otherLane, numbered('b', 5))))
    await untilEmpty()
    await untilAudited()
    assert.equal((audited.found.lost ?? 0) + (audited.found.unknown ?? 0), 5)
  })

  test('while what it has lost is pushed again, its lane goes on and nothing is stored twice', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep(), settleMs: 1000 })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.lose(() => true)
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(lane, ['after'], Date.now() + 1000)))
    const startedMs = performance.now()
    await untilEmpty()
    assert.ok(performance.now() - startedMs < 900, 'new records do not wait for it')
    await untilAudited()
    assert.deepEqual(loki.stored().sort(), [...numbered('a', 5), 'after'].sort())
  })

  test('what is too old for queries to see is counted, and not pushed blindly', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep() })
    shipper.notify(await append(samplePart(lane, numbered('old', 5), Date.now() - 3 * 3600_000)))
    await untilEmpty()
    loki.lose(() => true)
    loki.script({ status: 503 })
    shipper.notify(await append(samplePart(otherLane, ['after'])))
    await untilEmpty()
    await untilAudited()
    assert.deepEqual(audited.found, { unknown: 5 })
    assert.deepEqual(loki.stored(), ['after'])
  })

  test('without leave to read nothing is pushed again, and it is counted', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep } = await shipping(t, loki.url)
    const shipper = start({ kept: await keep() })
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    loki.answerQueries({ status: 403, text: '' })
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(otherLane, ['after'])))
    await untilEmpty()
    await untilAudited()
    assert.deepEqual(audited.found, { unknown: 5 })
    assert.equal(loki.stored().length, 6)
  })

  test('what was quarantined is not among it, and what Loki refuses now is counted', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, counts, keep } = await shipping(t, loki.url)
    const refusing = (bad: string) =>
      loki.always(({ lines }) =>
        lines.includes(bad) ? { status: 400, text: 'has timestamp too old', store: ({ line }) => line !== bad } : {},
      )
    const shipper = start({ kept: await keep() })
    refusing('a 1')
    shipper.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    assert.deepEqual(counts, { ...counts, stored: 4, quarantined: 1 })
    loki.lose(() => true)
    refusing('a 3')
    loki.script({ status: 500, text: 'empty ring' })
    shipper.notify(await append(samplePart(otherLane, ['after'])))
    await untilEmpty()
    await untilAudited()
    assert.deepEqual(loki.stored().sort(), ['a 0', 'a 2', 'a 4', 'after'])
    assert.equal(audited.found.lost, 4)
    assert.equal(audited.found.refused, 1)
    assert.deepEqual(counts, { ...counts, stored: 5, quarantined: 1 })
  })
})

describe('at the start', () => {
  test('what an earlier process had acknowledged is audited, since nobody knows what happened meanwhile', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, audited, keep, reopen, counts } = await shipping(t, loki.url)
    const former = start({ kept: await keep() })
    former.notify(await append(samplePart(lane, numbered('a', 5))))
    await untilEmpty()
    await former.stop()
    loki.lose(line => line !== 'a 0')
    await reopen()
    start({ kept: await keep() })
    await untilAudited()
    assert.deepEqual(loki.stored().sort(), numbered('a', 5))
    assert.deepEqual(audited.found, { present: 1, lost: 4, restored: 4 })
    assert.equal(counts.stored, 5)
  })

  test('what is in the spool as well, because the process died before the one was settled, is stored once', async t => {
    const loki = await startScriptedLoki(t)
    const { append, start, untilEmpty, untilAudited, keep, reopen, spool } = await shipping(t, loki.url)
    const former = await keep()
    loki.always(() => ({ delayMs: 300 }))
    for (let i = 0; i < 5; i++) {
      const name = `acme {app="${i}"}`
      const part = samplePart(name, numbered(`${i}`, 5))
      await append(part)
      await spool().lease({ lane: name, maxRecords: 5, maxBytes: 1e6, ttlMs: 60_000 })
      await former.keep(name, 5, [part.body])
    }
    await former.close()
    await reopen()
    start({ kept: await keep(), settleMs: 200 })
    await untilEmpty()
    await untilAudited()
    assert.equal(new Set(loki.stored()).size, 25)
    assert.equal(loki.stored().length, 25)
  })
})
