import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { decodeNative } from '../../relay/src/decode/decodeNative.ts'
import { errorTable } from '../../relay/src/errors.ts'
import { clientDropReasons } from '../../relay/src/outcomes.ts'
import { dropReasons } from '../../sdk/src/drops.ts'
import { kinds, levels, wireVersion } from '../../sdk/src/wire.ts'

test('the relay takes the version of the SDK with each of its kinds and levels', async () => {
  const header = { v: wireVersion, batch: '0193e4f2a7b17c3d', sentAtMs: 1 }
  const records = kinds.flatMap(kind => levels.map(level => ({ n: 0, t: 1, kind, level, message: '' })))
  const body = Buffer.from([header, ...records].map(line => JSON.stringify(line)).join('\n'))
  const batch = await decodeNative(body, { maxRecords: 100, maxRecordBytes: 1000, receivedAtMs: 1 })
  assert.equal(batch.records.length, kinds.length * levels.length)
})

test('the relay counts each drop reason of the SDK under its own name', () => {
  assert.deepEqual(
    dropReasons.filter(reason => !clientDropReasons.some(known => known === reason)),
    [],
  )
})

test('docs/protocol.md has a row for each refusal, with its status and code', async () => {
  const text = await readFile('docs/protocol.md', 'utf8')
  for (const [code, { status }] of Object.entries(errorTable))
    assert.ok(text.includes(`| ${status} | \`${code}\` |`), `${status} ${code}`)
})
