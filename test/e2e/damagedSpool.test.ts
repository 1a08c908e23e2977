import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { readFigures } from '../support/recordFigures.ts'
import { runCommand } from '../support/relayCommand.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

const batches = 60
const perBatch = 50
const total = batches * perBatch
const pageBytes = 8192

/** A relay that was ended in order with all of it in its spool, and is started again with a real Loki. */
async function withSpool(t: TestContext) {
  const loki = await connectLoki()
  const tenant = `damaged-${crypto.randomUUID()}`
  const startMs = Date.now()
  const relay = await startRelay({
    env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', SERVICE_NAME: 'shop', LOKI_TENANT_ID: tenant },
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  for (let i = 0; i < batches; i++) await page.deliver(page.batch(perBatch))
  await relay.kill('SIGTERM')
  const file = join(relay.dataDir, 'spool.sqlite')
  return {
    relay,
    file,
    start: () => relay.restart({ LOKI_ENDPOINT: loki.url }),
    /** Waits until nothing is pending; the rest is in Loki, each once. */
    async assertRestStored() {
      await waitFor(async () => (await readFigures(relay)).pending === 0, {
        timeoutMs: 60_000,
        what: 'all to be shipped',
      })
      const { received, stored, rejected, difference } = await readFigures(relay)
      const damaged = (await relay.metrics()).get('loki_beacon_records_rejected_total{reason="damaged"}')
      assert.deepEqual({ received, difference, rejected }, { received: total, difference: 0, rejected: damaged })
      const range = { startMs: startMs - 60_000, endMs: Date.now() + 60_000 }
      const entries = await waitFor(
        async () => {
          const found = await loki.queryLog(tenant, '{app="shop"}', range)
          return found.length >= stored && found
        },
        { timeoutMs: 30_000, everyMs: 300, what: `${stored} records in Loki` },
      )
      assert.equal(entries.length, stored)
      assert.equal(new Set(entries.map(({ labels }) => labels.record_id)).size, stored)
      for (const { line, labels } of entries)
        assert.equal(`record ${labels.record_id?.split('-').at(-1)}`, JSON.parse(line).message, 'as it was logged')
      return rejected
    },
  }
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}

test('what rots on the disk of the relay is counted and told, and everything else reaches Loki as it was', async t => {
  const { relay, file, start, assertRestStored } = await withSpool(t)
  const bytes = readFileSync(file)
  for (const record of ['record 70"', 'record 1010"', 'record 2999"']) {
    const at = bytes.indexOf(record)
    assert.ok(at > 0, record)
    // Another record, and as well-formed as before.
    overwrite(file, at, Buffer.from('Record'))
  }
  await start()
  assert.equal(await assertRestStored(), 3 * perBatch)
  assert.match(relay.output(), /damaged on disk/)
  const { out } = await runCommand(['quarantine', 'list', '--data-dir', relay.dataDir, '--admin-port', portOf(relay)])
  assert.match(out, /damaged on disk/)
})

test('a relay whose file has a ruined page ends with the reason, and the next one goes on with all that can be read', async t => {
  const { relay, file, start, assertRestStored } = await withSpool(t)
  const db = new DatabaseSync(file)
  const leaf = db
    .prepare("SELECT pageno FROM dbstat WHERE name = 'parts' AND pagetype = 'leaf' ORDER BY ncell DESC LIMIT 1")
    .get() as { pageno: number }
  db.close()
  overwrite(file, (leaf.pageno - 1) * pageBytes, randomBytes(pageBytes))
  // It may be gone before it has answered once.
  await start().catch(() => {})
  await waitFor(() => /salvaged at the next start/.test(relay.output()), { timeoutMs: 20_000, what: 'it to end' })
  await start()
  const rejected = await assertRestStored()
  assert.ok(rejected > 0 && rejected < total, `${rejected}`)
  assert.match(relay.output(), /what can be read of its \d+ MB is being copied/)
  assert.match(relay.output(), new RegExp(`file was damaged, ${rejected} records are lost`))
  assert.equal((await relay.metrics()).get('loki_beacon_spool_damaged'), 1)
  assert.ok(readdirSync(relay.dataDir).some(name => /^damaged-\d+\.sqlite$/.test(name)))
  assert.ok(existsSync(file))
})

test('a relay that is told twice to end leaves a spool that is sound', async t => {
  const { relay, start, assertRestStored } = await withSpool(t)
  // It never answers: after the first signal alone the relay would wait for ten seconds.
  const deaf = createServer().listen(0, '127.0.0.1')
  t.after(() => deaf.close())
  await once(deaf, 'listening')
  const pushing = once(deaf, 'connection')
  await relay.restart({ LOKI_ENDPOINT: `http://127.0.0.1:${(deaf.address() as AddressInfo).port}` })
  await pushing
  const ended = relay.kill('SIGTERM')
  await waitFor(() => /a second signal ends it at once/.test(relay.output()), { timeoutMs: 5000, what: 'it to stop' })
  const startMs = performance.now()
  const { code } = await relay.kill('SIGTERM')
  assert.equal(code, 143)
  assert.ok(performance.now() - startMs < 5000)
  await ended
  await start()
  assert.equal(await assertRestStored(), 0)
  assert.equal((await relay.metrics()).get('loki_beacon_spool_damaged'), 0)
})

function portOf({ adminUrl }: { adminUrl: string }): string {
  return new URL(adminUrl).port
}
