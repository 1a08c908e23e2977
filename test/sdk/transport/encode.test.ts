import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../../sdk/src/transport/encode.ts'
import { testBatch } from '../../support/testBatch.ts'

test('a body is the header of the attempt and the lines as they were serialised', () => {
  const batch = testBatch(['{"n":1}', '{"n":2}'], { drops: { buffer_overflow: 3 } })
  const [header, ...lines] = encode(batch, 1_795_210_479_000.7, 'jwt', JSON.stringify).split('\n')
  assert.deepEqual(JSON.parse(header!), {
    v: 1,
    batch: batch.id,
    sentAtMs: 1_795_210_479_001,
    token: 'jwt',
    drops: { buffer_overflow: 3 },
    sdk: 'loki-beacon/1.0.0',
    context: { app: 'shop' },
  })
  assert.deepEqual(lines, ['{"n":1}', '{"n":2}'])
})

test('what is not known is not sent', () => {
  const [header] = encode(testBatch(['{}']), 1, undefined, JSON.stringify).split('\n')
  assert.deepEqual(Object.keys(JSON.parse(header!)).sort(), ['batch', 'context', 'sdk', 'sentAtMs', 'v'])
})
