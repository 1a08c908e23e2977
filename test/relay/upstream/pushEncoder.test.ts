import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { uncompress } from 'snappyjs'
import { encodeEntries } from '../../../relay/src/entry.ts'
import { formatLabels } from '../../../relay/src/lane.ts'
import { encodePush } from '../../../relay/src/upstream/pushEncoder.ts'
import { decodePush } from '../logproto.ts'

test('a push is one stream with the labels and the entries of all bodies in their order', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(lines, { maxLength: 5 }), (value, bodies) => {
      const labels = formatLabels({ app: value, kind: 'log' })
      const encoded = bodies.map(body =>
        encodeEntries(body.map(line => ({ seconds: 1_795_210_478, nanos: 7, line, metadata: [] }))),
      )
      const { streams } = decodePush(uncompress(encodePush(labels, encoded)))
      assert.equal(streams.length, 1)
      assert.equal(streams[0]?.labels, labels)
      assert.deepEqual(
        streams[0].entries.map(entry => entry.line),
        bodies.flat(),
      )
    }),
  )
})

test('a push may be larger than snappy has short lengths for', () => {
  const line = 'x'.repeat(100_000)
  const body = encodeEntries(Array.from({ length: 30 }, (_, i) => ({ seconds: i, nanos: 0, line, metadata: [] })))
  const { streams } = decodePush(uncompress(encodePush('{app="shop"}', [body])))
  assert.equal(streams[0]?.entries.length, 30)
  assert.ok(streams[0].entries.every(entry => entry.line === line))
})
