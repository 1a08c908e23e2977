import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { decodeEntry, splitEntries } from '../../../relay/src/entry.ts'
import { RelayError } from '../../../relay/src/errors.ts'
import { createProcess, groupByLane } from '../../../relay/src/process/process.ts'
import { anyBody } from './anyBody.ts'
import { fuzz } from './fuzz.ts'

const app = {
  name: 'shop',
  keys: ['pk_shop'],
  tenant: 'shop-tenant',
  labels: { app: 'shop', service_name: 'shop' },
  labelKeys: { release: { max: 5 }, constructor: { max: 5 }, a: ['1'] },
  maxStreams: 250,
  origins: ['*'],
  limits: { perClient: {}, perSession: {} },
}
const limits = { maxRecords: 1000, maxRecordBytes: 64 * 1024 }

test('any bytes are a batch or a refusal; each line is counted once, and what is taken becomes entries that Loki takes', async t => {
  const process = createProcess({ apps: [app], redact: true })
  const prototype = Object.getOwnPropertyNames(Object.prototype)
  const lanes = new Set<string>()
  await fuzz(t, { share: 0.4 }, anyBody, async body => {
    const batch = await decodeNative(body, { ...limits, receivedAtMs: Date.now() }).catch(refused)
    if (!batch) return
    assert.equal(batch.records.length + batch.rejected.length, batch.length)
    const positions = [...batch.records, ...batch.rejected].map(({ position }) => position)
    assert.equal(new Set(positions).size, batch.length)
    const finals = await process(app, batch)
    assert.equal(finals.length, batch.records.length)
    const parts = groupByLane(finals, 0)
    const entries = parts.flatMap(({ body }) => splitEntries(body).map(decodeEntry))
    assert.equal(entries.length, finals.length)
    for (const { lane } of parts) lanes.add(lane)
    for (const { line, metadata, seconds, nanos } of entries) {
      assert.ok(!line.includes('\n') && line.isWellFormed() && Buffer.byteLength(line) <= 200 * 1024)
      assert.equal(typeof JSON.parse(line).message, 'string')
      for (const [name, value] of metadata) assert.match(name, /^[a-z_]+$/, value)
      assert.ok(Math.abs(Date.now() / 1000 - seconds) < 7 * 86_400 && nanos >= 0 && nanos < 1e9, `${seconds} ${nanos}`)
    }
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototype)
  })
  // 6 releases, 6 values of an attribute named constructor, 2 of a, 4 kinds, and hours of late records.
  assert.ok(lanes.size < 1000, `${lanes.size} streams`)
})

function refused(error: unknown): undefined {
  if (error instanceof RelayError && error.status < 500) return undefined
  throw error
}
