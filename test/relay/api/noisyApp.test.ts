import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMetrics } from '../../support/parseMetrics.ts'
import { waitFor } from '../../support/waitFor.ts'
import { startScriptedLoki } from '../upstream/scriptedLoki.ts'
import { batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

const large = 'x'.repeat(100_000)
const runMs = process.env.LONG ? 60_000 : 6000

test('while a flooding app fills its share, since Loki refuses it, another has its records in Loki within 5 s at p99; later all is there once', async t => {
  const loki = await startScriptedLoki(t)
  loki.always(({ tenant }) => (tenant === 'noisy' ? { status: 500, text: 'out of order' } : {}))
  const env = { LOKI_ENDPOINT: loki.url, LOKI_TENANT_ID: 'noisy', RELAY_SPOOL_MAX_BYTES: '16MiB' }
  const blog = `{ name: blog, keys: [pk_blog], tenant: calm, origins: ['${origin}'] }`
  const relay = await startSourceRelay(t, env, `apps: [${blog}]`)

  const endMs = performance.now() + runMs
  const floods = Array.from({ length: 8 }, () => flood(relay, endMs))
  const sentAtMs: number[] = []
  for (; performance.now() < endMs; await sleep(100)) {
    sentAtMs.push(performance.now())
    const body = batchOf([recordOf(1, { message: `calm ${sentAtMs.length - 1} ${large}` })])
    assert.equal((await send(relay, { path: '/v1/i/pk_blog', body })).status, 202)
  }
  const counts = await Promise.all(floods)
  const accepted = counts.reduce((sum, count) => sum + count.accepted, 0)
  assert.ok(counts.every(({ refused }) => refused > 0) && accepted > 50, JSON.stringify(counts))

  const arrived = () =>
    loki.pushes
      .filter(({ tenant }) => tenant === 'calm')
      .flatMap(({ lines, atMs }) => lines.map(line => atMs - sentAtMs[Number(/calm (\d+)/.exec(line)?.[1])]!))
  await waitFor(() => arrived().length === sentAtMs.length, { timeoutMs: 10_000, what: 'the last of the calm app' })
  const p99Ms = arrived().sort((a, b) => a - b)[Math.ceil(sentAtMs.length * 0.99) - 1]!
  assert.ok(p99Ms < 5000, `${Math.round(p99Ms)} ms`)

  loki.always(() => ({}))
  const pending = async () =>
    parseMetrics((await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })).json).get(
      'loki_beacon_records_pending',
    )
  await waitFor(async () => (await pending()) === 0, { timeoutMs: 60_000, what: 'the spool to be empty' })
  const stored = loki.stored()
  assert.equal(stored.length, accepted + sentAtMs.length)
  assert.equal(new Set(stored).size, stored.length)
})

/** Batches, one after the other, whatever the answer. */
async function flood(relay: SourceRelay, endMs: number): Promise<{ accepted: number; refused: number }> {
  let accepted = 0
  let refused = 0
  for (; performance.now() < endMs; await sleep(20)) {
    const message = `${Math.random()} ${large}`
    const { status } = await send(relay, { body: batchOf([recordOf(1, { message })]) })
    if (status === 202) accepted++
    else refused++
  }
  return { accepted, refused }
}
