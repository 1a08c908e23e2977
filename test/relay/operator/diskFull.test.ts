import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../../support/relayCommand.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { startSmallDisk } from '../../support/smallDisk.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'

const mib = 1024 ** 2
const env = { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', SERVICE_NAME: 'shop' }
const cause = /less than 64 MiB are free on the disk of \S+\/data: make room/

test('with less than 64 MiB on the disk, all that tell of the spool name the disk and what to do', async t => {
  const disk = await startSmallDisk(t, 60 * mib)
  const dataDir = `${disk.dir}/data`
  const relay = await startRelay({ dataDir, env, within: disk.within })
  t.after(() => relay.stop())
  assert.equal(await sendOne(relay.url), 503)

  const { blockers } = (await (await fetch(`${relay.adminUrl}/ready`)).json()) as { blockers: string[] }
  assert.equal(blockers.length, 1)
  assert.match(blockers[0]!, cause)
  const { spool } = (await (await fetch(`${relay.adminUrl}/live/status`)).json()) as {
    spool: { full?: { bound: string; reason: string } }
  }
  assert.equal(spool.full?.bound, 'disk')
  assert.match(spool.full.reason, cause)
  const line = relay
    .output()
    .split('\n')
    .find(text => text.includes('its pages are answered 503'))
  assert.match(JSON.parse(line!).reason, cause)
  const metrics = await relay.metrics()
  assert.equal(metrics.get('loki_beacon_spool_writable'), 0)
  assert.equal(metrics.get('loki_beacon_spool_free_bytes'), 0)
  assert.equal(metrics.get('loki_beacon_spool_full_total{app="shop",bound="disk"}'), 1)
  const stats = await runCommand(
    ['spool', 'stats', '--data-dir', dataDir, '--admin-port', new URL(relay.adminUrl).port],
    {
      within: disk.within,
    },
  )
  assert.match(stats.out, /FULL: less than 64 MiB/)
  assert.match(stats.out, cause)
})

test('where the disk has less room than the quota, that is what the metrics tell, and it is no hindrance yet', async t => {
  const disk = await startSmallDisk(t, 100 * mib)
  const relay = await startRelay({ dataDir: `${disk.dir}/data`, env, within: disk.within })
  t.after(() => relay.stop())
  assert.equal(await sendOne(relay.url), 202)
  const free = () => relay.metrics().then(metrics => metrics.get('loki_beacon_spool_free_bytes')!)
  assert.ok((await free()) > 20 * mib && (await free()) < 36 * mib, `${await free()} bytes`)
  disk.fill(70 * mib)
  await waitFor(async () => (await free()) < 10 * mib, { timeoutMs: 5000, what: 'the disk to be looked at again' })
  assert.equal(await sendOne(relay.url), 202)
})

test('check fails below 64 MiB, and warns where the disk has less than spool.maxBytes still wants', async t => {
  const disk = await startSmallDisk(t, 200 * mib)
  const check = (maxBytes: string) =>
    runCommand(['check', '--json', '--data-dir', `${disk.dir}/data`], {
      env: { ...env, RELAY_SPOOL_MAX_BYTES: maxBytes },
      within: disk.within,
    })
  const findingOf = async (maxBytes: string) => (await check(maxBytes)).json().findings[1]
  assert.equal((await findingOf('100MiB')).level, 'ok')
  const short = await findingOf('1GiB')
  assert.equal(short.level, 'warning')
  assert.match(
    short.text,
    /\d+ MiB are free on the disk of .*1024 MiB up to spool\.maxBytes, and 64 MiB that stay free/,
  )
  assert.match(short.fix, /make room, or lower spool\.maxBytes/)
  disk.fill(50 * mib)
  const { level, text, fix } = await findingOf('100MiB')
  assert.equal(level, 'failed')
  assert.match(text, /less than 64 MiB are free on the disk of .*\(\d+ MiB\)/)
  assert.match(fix, /make room/)
})

async function sendOne(url: string): Promise<number> {
  const client = wireClient({ url, key: 'pk_shop' })
  const response = await client.post(client.batch(1))
  await response.body?.cancel()
  return response.status
}
