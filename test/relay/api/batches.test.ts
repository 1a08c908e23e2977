import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMetrics } from '../../support/parseMetrics.ts'
import { answerOf, batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

describe('a batch is stored once, however often it comes', () => {
  test('again: all duplicate, and its rejected records are named again', async t => {
    const relay = await startSourceRelay(t)
    const body = batchOf([recordOf(1), '{"n":2,', recordOf(3)])
    const rejected = [{ n: 2, reason: 'invalid_json' }]
    assert.deepEqual(outcome(await send(relay, { body })), { accepted: 2, duplicate: 0, rejected })
    assert.deepEqual(outcome(await send(relay, { body })), { accepted: 0, duplicate: 2, rejected })
    assert.equal((await metricsOf(relay)).get('loki_beacon_records_pending'), 2)
  })

  test('with more records than before: only the new tail is stored', async t => {
    const relay = await startSourceRelay(t)
    const lines = batchOf([1, 2, 3, 4, 5].map(n => recordOf(n))).split('\n')
    assert.deepEqual(outcome(await send(relay, { body: lines.slice(0, 3).join('\n') })), {
      accepted: 2,
      duplicate: 0,
      rejected: [],
    })
    assert.deepEqual(outcome(await send(relay, { body: lines.join('\n') })), {
      accepted: 3,
      duplicate: 2,
      rejected: [],
    })
    assert.deepEqual(outcome(await send(relay, { body: lines.slice(0, 4).join('\n') })), {
      accepted: 0,
      duplicate: 3,
      rejected: [],
    })
    const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/live/status' })
    assert.equal(json.spool.records, 5)
    assert.equal(json.counts.records, 5)
  })

  test('whole, and then split by a page that does not know: its second part is duplicate', async t => {
    const relay = await startSourceRelay(t)
    const batch = '0193e4f2a7b17c3d0193e4f2a7b17c3d'
    const post = (id: string, ...numbers: number[]) =>
      send(relay, {
        body: batchOf(
          numbers.map(n => recordOf(n)),
          { batch: id },
        ),
      }).then(outcome)
    const accepted = (count: number, duplicate = 0) => ({ accepted: count, duplicate, rejected: [] })
    assert.deepEqual(await post(batch, 0, 1, 2, 3), accepted(4))
    assert.deepEqual(await post(batch, 0, 1), accepted(0, 2))
    assert.deepEqual(await post(`${batch}2`, 2, 3), accepted(0, 2))
    assert.deepEqual(await post(`${batch}3`, 3), accepted(0, 1))

    const other = batch.replace('0', 'f')
    assert.deepEqual(await post(other, 0, 1), accepted(2))
    assert.deepEqual(await post(`${other}2`, 2, 3), accepted(2))
    assert.deepEqual(await post(`${other}2`, 2, 3), accepted(0, 2))
  })

  test('eight times at once, growing: each record is stored once', async t => {
    const relay = await startSourceRelay(t)
    const lines = batchOf(Array.from({ length: 80 }, (_, n) => recordOf(n))).split('\n')
    const answers = await Promise.all(
      [...Array(8).keys()].map(i => send(relay, { body: lines.slice(0, 1 + 10 * (i + 1)).join('\n') })),
    )
    assert.equal(
      answers.reduce((sum, answer) => sum + answer.json.accepted, 0),
      80,
    )
    assert.equal((await metricsOf(relay)).get('loki_beacon_records_pending'), 80)
  })

  test('an id of one app says nothing about that of another one; two keys of an app share theirs', async t => {
    const relay = await startSourceRelay(
      t,
      {},
      `apps: [{ name: blog, keys: [pk_blog, pk_blog_old], origins: ['${origin}'] }]`,
    )
    const body = batchOf([recordOf(1)])
    const paths = ['/v1/i/pk_shop', '/v1/i/pk_blog', '/v1/i/pk_blog_old']
    const accepted: number[] = []
    for (const path of paths) accepted.push((await send(relay, { path, body })).json.accepted)
    assert.deepEqual(accepted, [1, 1, 0])
  })
})

test('received = stored + duplicate + rejected + pending, whatever came, and drops of pages by known reasons only', async t => {
  const relay = await startSourceRelay(t)
  const body = batchOf([recordOf(1), '{', recordOf(2, { t: 'x' }), recordOf(3, { message: 'x'.repeat(300_000) })], {
    drops: { buffer_overflow: 3, made_up: 2, constructor: 1, too_old: -5, filtered: 'x' },
  })
  await send(relay, { body })
  await send(relay, { body })
  await send(relay, { body: 'garbage' })
  await send(relay, { path: '/v1/i/pk_other', body })
  const metrics = await metricsOf(relay)
  const sum = (name: string) =>
    [...metrics]
      .filter(([sample]) => sample.startsWith(`loki_beacon_${name}`))
      .reduce((total, [, value]) => total + value, 0)
  assert.equal(sum('records_received_total'), 8)
  assert.equal(metrics.get('loki_beacon_records_duplicate_total'), 1)
  assert.equal(sum('records_rejected_total'), 6)
  assert.equal(sum('records_received_total'), sum('records_stored_total') + 1 + 6 + sum('records_pending'))
  assert.equal(metrics.get('loki_beacon_client_dropped_total{reason="buffer_overflow"}'), 3)
  assert.equal(metrics.get('loki_beacon_client_dropped_total{reason="other"}'), 3)
  assert.equal(sum('client_dropped_total'), 6)
  assert.equal(metrics.get('loki_beacon_requests_total{route="ingest",status="202",error=""}'), 2)
  assert.equal(metrics.get('loki_beacon_requests_total{route="ingest",status="401",error="unknown_key"}'), 1)
})

test('a batch without records tells drops, once however often it comes', async t => {
  const relay = await startSourceRelay(t)
  const body = batchOf([], { drops: { refused: 5 } })
  for (let time = 0; time < 3; time++) {
    const { status, json } = await send(relay, { body })
    assert.deepEqual([status, json.accepted, json.duplicate, json.rejected], [202, 0, 0, []])
  }
  assert.equal((await metricsOf(relay)).get('loki_beacon_client_dropped_total{reason="refused"}'), 5)
})

test('a full spool: 503 spool_full with Retry-After, not ready, and what was accepted is still there', async t => {
  const relay = await startSourceRelay(t, { RELAY_SPOOL_MAX_BYTES: '1MiB' })
  let accepted = 0
  let refusal: Awaited<ReturnType<typeof send>> | undefined
  for (let i = 0; i < 100 && !refusal; i++) {
    const answer = await send(relay, { body: batchOf([recordOf(i, { message: 'x'.repeat(100_000) })]) })
    if (answer.status === 202) accepted++
    else refusal = answer
  }
  assert.deepEqual([refusal!.status, refusal!.json.error.code], [503, 'spool_full'])
  assert.equal(refusal!.headers['retry-after'], '30')
  assert.equal(refusal!.headers['access-control-allow-origin'], origin)
  assert.ok(accepted >= 4, `${accepted} accepted`)
  assert.equal((await metricsOf(relay)).get('loki_beacon_records_pending'), accepted)
  const ready = await send({ url: relay.adminUrl }, { method: 'GET', path: '/ready' })
  assert.deepEqual([ready.status, ready.json.ready], [503, false])
  assert.match(ready.json.blockers.join(), /^the spool is full: all of spool\.maxBytes \(1 MiB\) is used: mend/)
  assert.equal((await send(relay, { method: 'GET', path: '/healthz' })).status, 200, 'a restart would not help')
})

describe('a stop', () => {
  test('lets a request under way finish and takes no new one', async t => {
    const relay = await startSourceRelay(t)
    const body = batchOf([recordOf(1)])
    const outgoing = request(`${relay.url}/v1/i/pk_shop`, {
      method: 'POST',
      headers: { origin, 'content-length': Buffer.byteLength(body) },
      agent: false,
    })
    const answer = answerOf(outgoing, () => outgoing.write(body.slice(0, 20)))
    await sleep(100)
    const stopped = relay.stop()
    await sleep(100)
    await assert.rejects(send(relay, { body: batchOf([recordOf(2)]) }), /ECONNREFUSED/)
    outgoing.end(body.slice(20))
    assert.equal((await answer).status, 202)
    await stopped
  })

  test('cuts off a request that does not end, within its deadline', async t => {
    const relay = await startSourceRelay(t)
    const outgoing = request(`${relay.url}/v1/i/pk_shop`, {
      method: 'POST',
      headers: { origin, 'content-length': 1000 },
      agent: false,
    })
    const answer = answerOf(outgoing, () => outgoing.write('x'))
    await sleep(100)
    const startMs = Date.now()
    await Promise.all([relay.stop(), assert.rejects(answer)])
    assert.ok(Date.now() - startMs < 3000)
  })
})

function outcome({ status, json: { accepted, duplicate, rejected } }: Awaited<ReturnType<typeof send>>) {
  assert.equal(status, 202)
  return { accepted, duplicate, rejected }
}

async function metricsOf(relay: SourceRelay): Promise<Map<string, number>> {
  return parseMetrics((await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })).json)
}
