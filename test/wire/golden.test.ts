import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AppConfig } from '../../relay/src/config.ts'
import { decodeNative } from '../../relay/src/decode/decodeNative.ts'
import { decodeEntry, timestampNs } from '../../relay/src/entry.ts'
import { createProcess } from '../../relay/src/process/process.ts'

/**
 * Batches as pages have sent them, and what becomes of each record. They are kept for ever: a page that was loaded
 * long ago, or kept its records offline, still writes like this. `UPDATE_GOLDEN=1` writes the results of new ones.
 */
const dir = join(import.meta.dirname, 'v1')
const receivedAtMs = 1_795_210_479_050
const app: AppConfig = {
  name: 'shop',
  keys: ['pk_shop'],
  tenant: 'shop-prod',
  labels: { service_name: 'shop', app: 'shop', env: 'production' },
  labelKeys: {},
  maxStreams: 250,
  origins: ['*'],
  limits: { perClient: {}, perSession: {} },
}

for (const name of (await readdir(dir)).filter(file => file.endsWith('.ndjson')))
  test(`v1/${name} is understood as on the day it was written`, async () => {
    const batch = await decodeNative(await readFile(join(dir, name)), {
      maxRecords: 10_000,
      maxRecordBytes: 262_144,
      receivedAtMs,
    })
    const records = await createProcess({ apps: [app], redact: true })(app, batch)
    const result = {
      id: batch.id,
      drops: batch.drops,
      rejected: batch.rejected,
      entries: records.map(({ position, stream, body, start, end }) => {
        const entry = decodeEntry(body.subarray(start, end))
        const metadata = Object.fromEntries(entry.metadata)
        return { position, lane: stream.lane, timestampNs: String(timestampNs(entry)), metadata, line: entry.line }
      }),
    }
    const file = join(dir, name.replace('.ndjson', '.result.json'))
    if (process.env.UPDATE_GOLDEN) await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
    assert.deepEqual(JSON.parse(JSON.stringify(result)), JSON.parse(await readFile(file, 'utf8')))
  })
