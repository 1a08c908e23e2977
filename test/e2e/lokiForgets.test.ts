import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type OwnLoki, startLoki } from '../support/realLoki.ts'
import { readFigures } from '../support/recordFigures.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

const selector = '{app="shop"}'
const timing = { timeoutMs: 60_000, everyMs: 200 }

test('what Loki had acknowledged and lost in a crash is in Loki again, once, also when the relay died with it', async t => {
  const startMs = Date.now()
  const loki = await startLoki()
  t.after(() => loki.stop())
  const relay = await startRelay({
    env: {
      LOKI_ENDPOINT: loki.url,
      LOKI_TENANT_ID: 'forgets',
      LOKI_SETTLE: '1s',
      RELAY_KEY: 'pk_forgets',
      RELAY_ORIGINS: '*',
      SERVICE_NAME: 'shop',
    },
  })
  t.after(() => relay.stop())
  const client = wireClient({ url: relay.url, key: 'pk_forgets' })
  const recordIds: string[] = []
  const deliver = async (count: number) => {
    const batch = client.batch(count)
    await client.deliver(batch)
    recordIds.push(...batch.recordIds)
  }

  // 1. Loki acknowledges 50 records, dies and comes back without anything.
  await deliver(50)
  await waitFor(async () => (await readFigures(relay)).stored === 50, { ...timing, what: '50 records to be stored' })
  await loki.kill('SIGKILL')
  await forgetAll(loki)
  await deliver(10)
  await waitFor(async () => /has to wait/.test(relay.output()), { ...timing, what: 'the relay to notice' })
  await loki.start()
  await waitFor(async () => (await readFigures(relay)).audits === 1, { ...timing, what: 'the audit' })
  await assertStored(loki, recordIds, startMs)
  const { difference, stored, lost, restored } = await readFigures(relay)
  assert.deepEqual({ stored, lost, restored }, { stored: 60, lost: 50, restored: 50 })
  assert.equal(difference, 0, 'received = stored + duplicate + rejected + pending')

  // 2. Both die at once, and Loki has lost everything once more.
  await Promise.all([relay.kill('SIGKILL'), loki.kill('SIGKILL')])
  await forgetAll(loki)
  await loki.start()
  await relay.restart()
  await waitFor(async () => (await readFigures(relay)).audits === 1, { ...timing, what: 'the audit at the start' })
  await assertStored(loki, recordIds, startMs)
  const after = await readFigures(relay)
  assert.deepEqual([after.stored, after.lost, after.difference], [0, 60, 0])
})

/** What a disk that never got it, or an earlier copy of it, leaves. */
async function forgetAll({ dataDir }: OwnLoki): Promise<void> {
  for (const name of await readdir(dataDir))
    if (!/\.(json|log)$/.test(name)) await rm(join(dataDir, name), { recursive: true })
}

async function assertStored(loki: OwnLoki, recordIds: string[], startMs: number): Promise<void> {
  const range = { startMs: startMs - 60_000, endMs: Date.now() + 60_000 }
  await waitFor(async () => (await loki.queryCount('forgets', selector, range)) >= recordIds.length, {
    ...timing,
    what: `${recordIds.length} records in Loki`,
  })
  const entries = await loki.queryLog('forgets', selector, range)
  assert.deepEqual(entries.map(({ labels }) => labels.record_id).sort(), recordIds.sort(), 'log query')
  assert.equal(await loki.queryCount('forgets', selector, range), recordIds.length, 'metric query')
}
