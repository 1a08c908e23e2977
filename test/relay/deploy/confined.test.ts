import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { confineRelay } from '../../support/confinedRelay.ts'
import { parseMetrics } from '../../support/parseMetrics.ts'
import { runCommand } from '../../support/relayCommand.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'
import { startScriptedLoki } from '../upstream/scriptedLoki.ts'

const app = { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', SERVICE_NAME: 'shop' }

test('as an ordinary user, with nothing writable but its data, the relay takes, ships, reloads, stops and starts', async t => {
  const loki = await startScriptedLoki(t)
  const confined = await confineRelay(t, { ...app, LOKI_ENDPOINT: loki.url, LOKI_FLUSH_INTERVAL: '10ms' })
  for (const place of ['/tmp', '/var/tmp', '/etc', '/root', process.cwd()])
    assert.notEqual((await confined.run('touch', `${place}/of-the-relay`)).code, 0, place)
  assert.equal((await confined.run('touch', `${confined.dataDir}/of-the-relay`)).code, 0)

  const first = await confined.start()
  const status = await readFile(`/proc/${first.pid}/status`, 'utf8')
  assert.doesNotMatch(status, /^Uid:\s+0\b/m)
  assert.match(status, /^CapEff:\s+0+$/m)
  const client = wireClient({ url: confined.url, key: 'pk_shop' })
  await client.deliver(client.batch(3))
  await waitFor(() => loki.stored().length === 3, { timeoutMs: 10_000, what: 'the records to come to Loki' })

  loki.always(() => ({ status: 401, text: 'no' }))
  await client.deliver(client.batch(2))
  process.kill(first.pid, 'SIGHUP')
  await waitFor(() => first.output().includes('configuration reloaded'), { timeoutMs: 10_000, what: 'a reload' })
  const stats = await confined.command('spool', 'stats')
  assert.match(stats.output, /in use by a running relay\n {2}2 records/)
  assert.equal((await first.kill('SIGTERM')).code, 0)

  // Its operator looks at the spool meanwhile, mostly as root: the files must stay those of the relay.
  assert.match(
    (await runCommand(['spool', 'stats', '--data-dir', confined.dataDir])).out,
    /no relay runs on it\n {2}2 rec/,
  )
  loki.always(() => ({}))
  await confined.start()
  await waitFor(() => loki.stored().length === 5, { timeoutMs: 10_000, what: 'the rest to come to Loki' })
  const metrics = parseMetrics(await (await fetch(`${confined.adminUrl}/metrics`)).text())
  assert.equal(metrics.get('loki_beacon_records_pending'), 0)
})

test('with a directory that another user has for himself it refuses to start likewise', async t => {
  const confined = await confineRelay(t, app)
  await writeFile(join(confined.dataDir, 'spool.sqlite'), '')
  await chmod(confined.dataDir, 0)
  try {
    await assert.rejects(
      confined.start(),
      /data can't be written \(EACCES\): set RELAY_DATA_DIR \(--data-dir\) to a directory of this user, or give this one/,
    )
  } finally {
    // For who cleans up.
    await chmod(confined.dataDir, 0o700)
  }
})

test('without a place to write it refuses to start, and says which setting mends it', async t => {
  const confined = await confineRelay(t, app, { writable: false })
  await assert.rejects(
    confined.start(),
    /can't be written .*: set RELAY_DATA_DIR \(--data-dir\) to a directory of this user/,
  )
})
