import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { encodeEntries } from '../../../relay/src/entry.ts'
import { createLokiClient } from '../../../relay/src/upstream/lokiClient.ts'
import { encodePush } from '../../../relay/src/upstream/pushEncoder.ts'
import { type Loki, startLoki } from '../../support/realLoki.ts'
import { waitFor } from '../../support/waitFor.ts'
import { sampleEntries } from './sampleParts.ts'

const selector = '{app="shop"}'

// What docs/loki.md says of old records. Should the first test fail one day, Loki has mended it.
test('Loki shows an old entry only when it has flushed it', async t => {
  const loki = await startLoki()
  t.after(() => loki.stop())
  const count = await pushOld(loki)
  assert.equal(await count(), 0)
  await loki.flush()
  await waitFor(async () => (await count()) === 1, { timeoutMs: 20_000, everyMs: 100, what: 'it to be shown' })
})

test('Loki shows an old entry at once with query_store_max_look_back_period: -1ns', async t => {
  const loki = await startLoki({ args: ['-ingester.query-store-max-look-back-period=-1ns'] })
  t.after(() => loki.stop())
  const count = await pushOld(loki)
  assert.equal(await count(), 1)
})

/** An entry of five hours ago, and how often a query finds it. */
async function pushOld(loki: Loki): Promise<() => Promise<number>> {
  const client = createLokiClient({ endpoint: loki.url })
  const tenant = randomUUID()
  const atMs = Date.now() - 5 * 3600_000
  const body = encodePush(selector, [encodeEntries(sampleEntries(['old'], atMs))])
  assert.deepEqual(await client.push({ tenant, body }), { status: 204, text: '' })
  client.close()
  return async () => (await loki.queryLog(tenant, selector, { startMs: atMs - 60_000, endMs: atMs + 60_000 })).length
}
