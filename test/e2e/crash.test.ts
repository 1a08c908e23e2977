import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

const batches = 200
const recordsPerBatch = 10
const rounds = process.env.LONG ? 20 : 1

for (let round = 1; round <= rounds; round++) {
  test(`a relay killed under load and Loki away for 30 s: each record is in Loki exactly once (round ${round})`, async t => {
    const startMs = Date.now()
    const loki = await startLoki()
    t.after(() => loki.stop())
    const relay = await startRelay({
      env: {
        LOKI_ENDPOINT: loki.url,
        LOKI_TENANT_ID: 'crash',
        RELAY_KEY: 'pk_crash',
        RELAY_ORIGINS: '*',
        SERVICE_NAME: 'shop',
      },
    })
    t.after(() => relay.stop())

    // 1. Eight pages send 200 batches, each again and again until it is accepted.
    const recordIds: string[] = []
    let accepted = 0
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = wireClient({ url: relay.url, key: 'pk_crash' })
        for (let i = 0; i < batches / 8; i++) {
          const batch = client.batch(recordsPerBatch)
          await client.deliver(batch)
          recordIds.push(...batch.recordIds)
          accepted++
          await sleep(20)
        }
      }),
    )

    // 2. In the middle of it Loki goes away, and the relay dies without a warning and comes back.
    await waitFor(() => accepted > batches / 4 + Math.random() * 20, {
      timeoutMs: 30_000,
      everyMs: 5,
      what: 'a quarter of the load',
    })
    await Promise.all([relay.kill('SIGKILL'), loki.kill('SIGKILL')])
    await relay.restart()
    await load
    assert.equal(accepted, batches, 'the relay accepts batches while Loki is away')

    // 3. After 30 s Loki is back: the backlog ships.
    await sleep(30_000)
    await loki.start()
    const total = batches * recordsPerBatch
    const range = { startMs: startMs - 60_000, endMs: Date.now() + 60_000 }
    await waitFor(async () => (await loki.queryCount('crash', '{app="shop"}', range)) >= total, {
      timeoutMs: 90_000,
      everyMs: 1000,
      what: `${total} records in Loki`,
    })

    const entries = await loki.queryLog('crash', '{app="shop"}', { ...range, endMs: Date.now() + 60_000 })
    assert.deepEqual(entries.map(entry => entry.labels.record_id).sort(), recordIds.sort(), 'log query')
    assert.equal(await loki.queryCount('crash', '{app="shop"}', range), total, 'metric query')
  })
}
