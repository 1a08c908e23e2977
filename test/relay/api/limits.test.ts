import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { retryPolicy } from '../../../sdk/src/transport/retryPolicy.ts'
import { parseMetrics } from '../../support/parseMetrics.ts'
import {
  type Answer,
  answerOf,
  batchOf,
  origin,
  recordOf,
  type SourceRelay,
  send,
  startSourceRelay,
} from './sourceRelay.ts'

describe('the limits of an app', () => {
  test('over its rate: 429 that the page understands, and after the pause it names there is room again', async t => {
    const relay = await startLimited(t, 'recordsPerSecond: 50')
    const body = records(40)
    assert.equal((await send(relay, { path: noisy, body: records(590) })).status, 202)
    const refused = await send(relay, { path: noisy, body })
    assert.equal(refused.status, 429)
    assert.deepEqual(refused.json.error.code, 'rate_limited')
    assert.equal(refused.headers['access-control-allow-origin'], origin, 'the page can read it')
    assert.equal(refused.headers['access-control-expose-headers'], 'Retry-After')
    const pauseMs = pageWaitsMs(refused)
    assert.equal(pauseMs, Number(refused.headers['retry-after']) * 1000)
    assert.ok(pauseMs >= 1000 && pauseMs <= 2000, `${pauseMs}`)
    await sleep(pauseMs)
    const stored = await send(relay, { path: noisy, body })
    assert.deepEqual([stored.status, stored.json.accepted], [202, 40])
  })

  test('one app over its limit does not touch another', async t => {
    const relay = await startLimited(t, 'recordsPerSecond: 1')
    await send(relay, { path: noisy, body: records(5000) })
    const flood = await Promise.all(Array.from({ length: 50 }, () => send(relay, { path: noisy, body: records(100) })))
    assert.ok(flood.every(({ status }) => status === 429))
    for (let i = 0; i < 9; i++) assert.equal((await send(relay, { path: calm, body: records(1) })).status, 202)
  })

  test('a batch larger than ten seconds of the rate passes like any other, and its pages wait an hour at most', async t => {
    const relay = await startLimited(t, 'recordsPerSecond: 1')
    assert.equal((await send(relay, { path: noisy, body: records(5) })).status, 202)
    assert.equal((await send(relay, { path: noisy, body: records(9000) })).status, 202)
    assert.equal((await send(relay, { path: noisy, body: records(1) })).headers['retry-after'], '3600')
  })

  test('of eight batches that come at once to an almost empty bucket, one passes', async t => {
    const relay = await startLimited(t, 'recordsPerSecond: 1')
    await send(relay, { path: noisy, body: records(9) })
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(relay, { path: noisy, body: records(100) })))
    assert.equal(answers.filter(({ status }) => status === 202).length, 1)
  })

  test('bytes are counted as they are after gzip', async t => {
    const relay = await startLimited(t, 'bytesPerSecond: 1KiB')
    assert.equal((await send(relay, { path: noisy, body: bigBatch(20_000) })).status, 202)
    const refused = await send(relay, { path: noisy, body: records(1) })
    assert.equal(refused.status, 429)
    const pauseS = Number(refused.headers['retry-after'])
    assert.ok(pauseS >= 9 && pauseS <= 11, `${pauseS}`)
  })

  test('a session over its limit does not touch another session, nor a batch without one', async t => {
    const relay = await startLimited(t, 'perSession: { recordsPerSecond: 1 }')
    const of = (session?: string) => ({ path: noisy, body: records(100, { context: { session } }) })
    assert.deepEqual(
      [
        await send(relay, of('s1')),
        await send(relay, of('s1')),
        await send(relay, of('s2')),
        await send(relay, of()),
      ].map(({ status }) => status),
      [202, 429, 202, 202],
    )
  })

  test('the quota of a day ends with the batch that uses it up, and pages ask again within the hour', async t => {
    const relay = await startLimited(t, 'recordsPerDay: 100')
    for (const status of [202, 202, 429]) {
      const answer = await send(relay, { path: noisy, body: records(60) })
      assert.equal(answer.status, status)
      if (status === 202) continue
      const waitMs = pageWaitsMs(answer)
      assert.ok(waitMs >= 1000 && waitMs <= 3_600_000, `${waitMs}`)
    }
  })
})

describe('a batch that comes again', () => {
  test('is answered as stored although the limits are used up, since it is', async t => {
    const relay = await startLimited(t, 'recordsPerDay: 10, recordsPerSecond: 1')
    const body = records(500)
    assert.equal((await send(relay, { path: noisy, body })).status, 202)
    assert.equal((await send(relay, { path: noisy, body: records(1) })).status, 429)
    for (let i = 0; i < 3; i++) {
      const again = await send(relay, { path: noisy, body })
      assert.deepEqual([again.status, again.json.accepted, again.json.duplicate], [202, 0, 500])
    }
  })

  test('and is counted once: what is left stays for others', async t => {
    const relay = await startLimited(t, 'recordsPerDay: 100')
    const body = records(60)
    for (let i = 0; i < 5; i++) assert.equal((await send(relay, { path: noisy, body })).status, 202)
    for (const status of [202, 429])
      assert.equal((await send(relay, { path: noisy, body: records(40) })).status, status)
  })

  test('with more records is counted for the new ones', async t => {
    const relay = await startLimited(t, 'recordsPerDay: 100')
    const lines = records(90).split('\n')
    for (const length of [60, 90]) {
      const { status } = await send(relay, { path: noisy, body: lines.slice(0, 1 + length).join('\n') })
      assert.equal(status, 202)
    }
    for (const status of [202, 429])
      assert.equal((await send(relay, { path: noisy, body: records(10) })).status, status)
  })

  test('with more records, where the limits are used up, waits as a whole and is then stored', async t => {
    const relay = await startLimited(t, 'recordsPerSecond: 50')
    const lines = records(560).split('\n')
    const first = { path: noisy, body: lines.slice(0, -10).join('\n') }
    const grown = { path: noisy, body: lines.join('\n') }
    assert.equal((await send(relay, first)).status, 202)
    const refused = await send(relay, grown)
    assert.equal(refused.status, 429)
    await sleep(Number(refused.headers['retry-after']) * 1000)
    const { json } = await send(relay, grown)
    assert.deepEqual([json.accepted, json.duplicate], [10, 550])
  })
})

describe('the limits of a client', () => {
  const strict = 'perClient: { requestsPerSecond: 1 }'
  const from = (address: string) => ({ path: noisy, headers: { origin, 'x-forwarded-for': address } })

  test('an IPv4 /24 or an IPv6 /64 shares one; others have their own', async t => {
    const relay = await startLimited(t, strict, { RELAY_TRUST_PROXY: '1' })
    for (const [address, sameNetwork, other] of [
      ['203.0.113.1', '203.0.113.200', '203.0.114.1'],
      ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:db8:0:2::1'],
    ] as const) {
      const passed = await countPassed(relay, i => from(i % 2 ? address : sameNetwork))
      assert.ok(passed >= 10 && passed <= 15, `${passed} of 40 passed`)
      assert.equal((await send(relay, { ...from(other), body: records(1) })).status, 202)
    }
  })

  test('a forged X-Forwarded-For changes nothing where no proxy is trusted', async t => {
    const relay = await startLimited(t, strict, {}, 'exemptClients: []')
    const passed = await countPassed(relay, i => from(`203.0.${i}.1`))
    assert.ok(passed >= 10 && passed <= 15, `${passed} of 40 passed`)
  })

  test('nor does what a client writes in front of what a trusted proxy adds', async t => {
    const relay = await startLimited(t, strict, { RELAY_TRUST_PROXY: '1' })
    const passed = await countPassed(relay, i => from(`10.0.0.1, 203.${i}.1.1, 203.0.113.1`))
    assert.ok(passed >= 10 && passed <= 15, `${passed} of 40 passed`)
  })

  test('they leave a proxy alone that nobody told us of, since it speaks for many', async t => {
    const relay = await startLimited(t, strict)
    assert.equal(await countPassed(relay, i => from(`203.0.${i}.1`)), 40)
  })

  test('they are those of one app: the same client may send to another', async t => {
    const relay = await startLimited(t, strict, {}, 'exemptClients: []')
    await countPassed(relay, () => ({ path: noisy }))
    assert.equal((await send(relay, { path: calm, body: records(1) })).status, 202)
  })

  test('who is over them is answered before a byte of the body is asked for', async t => {
    const relay = await startLimited(t, strict, {}, 'exemptClients: []')
    await countPassed(relay, () => ({ path: noisy }))
    const socket = connect(relay.port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write(
      `POST ${noisy} HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n`,
    )
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 429 [\s\S]*\r\nRetry-After: \d+\r\n/)
    assert.match(String(answer), new RegExp(`Access-Control-Allow-Origin: ${origin}\r\n`))
  })

  for (const chunked of [false, true])
    test(`bytes over the wire are counted ${chunked ? 'as they come' : 'as they are announced'}`, async t => {
      const relay = await startLimited(t, 'perClient: { bytesPerSecond: 1KiB }', {}, 'exemptClients: []')
      const outgoing = () => {
        const headers = { origin, ...(chunked && { 'transfer-encoding': 'chunked' }) }
        const body = bigBatch(20_000)
        return answerOf(request(relay.url + noisy, { method: 'POST', headers, agent: false }), sent => sent.end(body))
      }
      assert.equal((await outgoing()).status, 202)
      const refused = await outgoing()
      assert.equal(refused.status, 429)
      const pauseS = Number(refused.headers['retry-after'])
      assert.ok(pauseS >= 9 && pauseS <= 11, `${pauseS}`)
    })
})

test('what is refused is counted by app and limit and shown to the operator, and none of it counts as received', async t => {
  const relay = await startLimited(t, 'recordsPerDay: 10', { RELAY_TRUST_PROXY: '1' })
  await send(relay, { path: noisy, body: records(10) })
  for (let i = 0; i < 3; i++) await send(relay, { path: noisy, body: records(7) })
  const metrics = parseMetrics((await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })).json)
  const labels = '{app="noisy",limit="records_per_day"}'
  assert.equal(metrics.get(`loki_beacon_limited_requests_total${labels}`), 3)
  assert.equal(metrics.get(`loki_beacon_limited_records_total${labels}`), 21)
  assert.equal(metrics.get('loki_beacon_records_received_total{source="page"}'), 10)
  assert.equal(metrics.get('loki_beacon_records_pending'), 10)
  const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/live/status' })
  assert.equal(json.refusals[0].code, 'rate_limited')
})

const noisy = '/v1/i/pk_noisy'
const calm = '/v1/i/pk_calm'

/** Two apps with these limits each. */
function startLimited(
  t: Parameters<typeof startSourceRelay>[0],
  limits: string,
  env: Record<string, string> = {},
  relayLimits = '',
): Promise<SourceRelay> {
  const app = (name: string) => `name: ${name}, keys: [pk_${name}], origins: ['${origin}'], limits: { ${limits} }`
  return startSourceRelay(
    t,
    env,
    `limits: { ${relayLimits} }\napps:\n${['noisy', 'calm'].map(name => `  - { ${app(name)} }`).join('\n')}\n`,
  )
}

function records(count: number, header: object = {}): string {
  return batchOf(
    Array.from({ length: count }, (_, n) => recordOf(n)),
    header,
  )
}

function bigBatch(bytes: number): string {
  return batchOf([recordOf(1, { message: 'x'.repeat(bytes) })])
}

/** Of 40 requests. */
async function countPassed(relay: SourceRelay, requestOf: (i: number) => object): Promise<number> {
  let passed = 0
  for (let i = 0; i < 40; i++) {
    const { status } = await send(relay, { body: records(1), ...requestOf(i) })
    assert.ok(status === 202 || status === 429, `${status}`)
    if (status === 202) passed++
  }
  return passed
}

/** What the real SDK makes of the answer. */
function pageWaitsMs({ status, headers, json }: Answer): number {
  const result = retryPolicy({ status, retryAfter: headers['retry-after'] ?? null, body: json }, Date.now())
  assert.equal(result.outcome, 'retry')
  return 'retryAfterMs' in result ? (result.retryAfterMs ?? 0) : 0
}
