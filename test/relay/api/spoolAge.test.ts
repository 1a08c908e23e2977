import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { parseMetrics } from '../../support/parseMetrics.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { batchOf, recordOf, send, startSourceRelay } from './sourceRelay.ts'

const hourMs = 3600_000

test('what waits longer than spool.maxAge is dropped, counted as expired and told in the log; the rest stays', async t => {
  const { dir, body } = await spoolWithOldBatch(t)
  const lines: string[] = []
  const env = { RELAY_DATA_DIR: dir, RELAY_SPOOL_MAX_AGE: '1h', RELAY_LOG_LEVEL: 'warn' }
  const relay = await startSourceRelay(t, env, '', { write: line => lines.push(line) })
  const metricsOf = async () =>
    parseMetrics((await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })).json)
  const expired = 'loki_beacon_records_rejected_total{reason="expired"}'
  await waitFor(async () => (await metricsOf()).get(expired) === 3, {
    timeoutMs: 2000,
    what: 'the old batch to be dropped',
  })

  const metrics = await metricsOf()
  assert.equal(metrics.get('loki_beacon_records_received_total{source="spool"}'), 3 + 2)
  assert.equal(metrics.get('loki_beacon_records_pending'), 2)
  assert.deepEqual(
    lines.map(line => JSON.parse(line)).map(({ records, apps }) => ({ records, apps })),
    [{ records: 3, apps: { shop: 3 } }],
  )
  const again = await send(relay, { body })
  assert.deepEqual([again.status, again.json.accepted, again.json.duplicate], [202, 0, 3], 'it was counted once')
})

test('nothing is ever too old unless the operator says so', async t => {
  const { dir } = await spoolWithOldBatch(t)
  const relay = await startSourceRelay(t, { RELAY_DATA_DIR: dir })
  const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
  assert.equal(parseMetrics(json).get('loki_beacon_records_pending'), 5)
})

/** A spool with three records that came two hours ago, and two that have just come. */
async function spoolWithOldBatch(t: Parameters<typeof tempDir>[0]): Promise<{ dir: string; body: string }> {
  const dir = await tempDir(t)
  const relay = await startSourceRelay(undefined, { RELAY_DATA_DIR: dir })
  const body = batchOf([recordOf(1), recordOf(2), recordOf(3)])
  await send(relay, { body })
  await send(relay, { body: batchOf([recordOf(4), recordOf(5)]) })
  await relay.stop()
  const db = new DatabaseSync(join(dir, 'spool.sqlite'))
  db.exec(`UPDATE parts SET at = at - ${2 * hourMs} WHERE seq = 1`)
  db.close()
  return { dir, body }
}
