import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { createPace } from '../../../relay/src/pace.ts'
import { createProcess } from '../../../relay/src/process/process.ts'
import { testApp } from '../../support/testApp.ts'

test('a batch of 8 MiB leaves other requests their turn all along', async () => {
  const app = testApp()
  const header = { v: 1, batch: '0193e4f2a7b17c3d', sentAtMs: 1 }
  const record = { n: 1, t: 1, kind: 'log', level: 'info', message: 'x'.repeat(700), attributes: { a: 1 } }
  const body = Buffer.from([header, ...Array(10_000).fill(record)].map(line => JSON.stringify(line)).join('\n'))

  // Counts how often others would have had their turn.
  let turns = 0
  let done = false
  const others = (): void => {
    turns++
    if (!done) setImmediate(others)
  }
  setImmediate(others)
  const pace = createPace()
  const batch = await decodeNative(body, { maxRecords: 10_000, maxRecordBytes: 1000, receivedAtMs: 1, pace })
  const records = await createProcess({ apps: [app], redact: true })(app, batch, pace)
  done = true
  assert.equal(records.length, 10_000)
  assert.ok(turns >= 5, `${turns} turns`)
})
