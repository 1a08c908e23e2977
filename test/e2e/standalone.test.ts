import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

test('records gathered without Loki all arrive, at their event times, once the relay is started with LOKI_ENDPOINT', async t => {
  const loki = await connectLoki()
  const tenant = `standalone-${crypto.randomUUID()}`
  const relay = await startRelay({
    env: {
      RELAY_KEY: 'pk_standalone',
      RELAY_ORIGINS: '*',
      SERVICE_NAME: 'shop',
      ENVIRONMENT: 'test',
      LOKI_TENANT_ID: tenant,
    },
  })
  t.after(() => relay.stop())

  // 1. 1000 records without any Loki, the oldest ten minutes ago.
  const client = wireClient({ url: relay.url, key: 'pk_standalone' })
  const startMs = Date.now() - 600_000
  const eventTimes = new Map<string, number>()
  for (let i = 0; i < 10; i++) {
    const batch = client.batch(100, record => {
      record.t = startMs + record.n * 600 + 0.25
      eventTimes.set(`${client.page}-${record.n}`, record.t)
    })
    const answer = await client.deliver(batch)
    assert.equal(answer.accepted, 100)
  }
  assert.equal(eventTimes.size, 1000)

  // 2. The relay is started again, now with an endpoint.
  await relay.kill('SIGTERM')
  await relay.restart({ LOKI_ENDPOINT: loki.url })
  const range = { startMs: startMs - 1000, endMs: Date.now() + 1000 }
  await waitFor(async () => (await loki.queryCount(tenant, '{app="shop"}', range)) >= 1000, {
    timeoutMs: 30_000,
    everyMs: 500,
    what: '1000 records in Loki',
  })

  const entries = await loki.queryLog(tenant, '{app="shop"}', range)
  assert.equal(entries.length, 1000)
  for (const entry of entries) {
    const eventMs = eventTimes.get(entry.labels.record_id ?? '')
    assert.ok(eventMs !== undefined, `unknown record ${entry.labels.record_id}`)
    // Microseconds are the event's own; the three digits below them tell records of one microsecond apart.
    assert.equal(BigInt(entry.timestampNs) / 1000n, BigInt(Math.round(eventMs * 1000)))
  }
})
