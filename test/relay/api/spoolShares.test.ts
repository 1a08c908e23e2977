import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMetrics } from '../../support/parseMetrics.ts'
import { batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

const blog = `{ name: blog, keys: [pk_blog], origins: ['${origin}'] }`
const env = { RELAY_SPOOL_MAX_BYTES: '4MiB', RELAY_SPOOL_MAX_SHARE: '50%', RELAY_LOG_LEVEL: 'warn' }

test('an app that has filled its share gets 503 with Retry-After; another stores on, the relay is ready, metrics and log tell', async t => {
  const lines: string[] = []
  const relay = await startSourceRelay(t, env, `apps: [${blog}]`, { write: line => lines.push(line) })
  const accepted = await flood(relay, 'pk_shop')
  assert.ok(accepted >= 15 && accepted <= 21, `${accepted} batches of 100 KB in half of 4 MiB`)
  const refusal = await send(relay, { body: large() })
  assert.deepEqual([refusal.status, refusal.json.error.code, refusal.headers['retry-after']], [503, 'spool_full', '30'])
  for (let i = 0; i < 5; i++) assert.equal((await send(relay, { path: '/v1/i/pk_blog', body: large() })).status, 202)
  assert.equal((await send({ url: relay.adminUrl }, { method: 'GET', path: '/ready' })).status, 200)

  const metrics = await metricsOf(relay)
  assert.equal(metrics.get('loki_beacon_spool_full_total{app="shop",bound="share"}'), 2)
  const held = ['shop', 'blog'].map(app => metrics.get(`loki_beacon_spool_app_bytes{app="${app}"}`) ?? 0)
  assert.equal(held[0]! + held[1]!, metrics.get('loki_beacon_spool_bytes'))
  assert.ok(held[0]! > accepted * 100_000 && held[1]! > 500_000 && held[1]! < 600_000, held.join())
  const said = lines.map(line => JSON.parse(line)).filter(({ app }) => app === 'shop')
  assert.deepEqual(
    said.map(({ refusedBatches }) => refusedBatches),
    [1],
    'the first of a minute',
  )
  assert.match(said[0].msg, /fills its share/)
})

test('what was stored before is answered as a duplicate, however full the share', async t => {
  const relay = await startSourceRelay(t, env, `apps: [${blog}]`)
  const body = large()
  assert.equal((await send(relay, { body })).json.accepted, 1)
  await flood(relay, 'pk_shop')
  const { status, json } = await send(relay, { body })
  assert.deepEqual([status, json.accepted, json.duplicate], [202, 0, 1])
})

test('an app can have a share of its own, and one that is alone has all', async t => {
  const small = await startSourceRelay(t, env, `apps: [${blog.replace('}', ', spoolShare: 20% }')}]`)
  const accepted = await flood(small, 'pk_blog')
  assert.ok(accepted >= 5 && accepted <= 8, `${accepted} batches of 100 KB in a fifth of 4 MiB`)
  const alone = await startSourceRelay(t, env)
  assert.ok((await flood(alone, 'pk_shop')) > 25)
  assert.equal((await send({ url: alone.adminUrl }, { method: 'GET', path: '/ready' })).status, 503)
  const metrics = await metricsOf(alone)
  assert.equal(metrics.get('loki_beacon_spool_full_total{app="shop",bound="quota"}'), 1)
})

/** Sends until it is refused; returns how many batches were stored. */
async function flood(relay: SourceRelay, key: string): Promise<number> {
  for (let accepted = 0; accepted < 100; accepted++) {
    const { status } = await send(relay, { path: `/v1/i/${key}`, body: large() })
    if (status !== 202) return accepted
  }
  throw new Error('the spool never fills')
}

function large(): string {
  return batchOf([recordOf(1, { message: 'x'.repeat(100_000) })])
}

async function metricsOf(relay: SourceRelay): Promise<Map<string, number>> {
  const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
  return parseMetrics(json)
}
