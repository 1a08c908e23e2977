import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { serialize } from '../../../sdk/src/pipeline/serialize.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

describe('serialised record', () => {
  test('the line is the record, and its bytes are those of UTF-8', () => {
    const record = recordOf({ text: 'Grüße, 世界 🎉', n: 1.5 })
    const serialized = serialize(record, JSON.stringify)
    assert.deepEqual(JSON.parse(serialized!.line), record)
    assert.equal(serialized!.bytes, Buffer.byteLength(serialized!.line))
    assert.equal(serialized!.level, 'info')
  })

  test('a lone surrogate becomes the replacement character, in keys too', () => {
    const { line } = serialize(recordOf({ 'key\ud800': 'a\udc00b', pair: '\ud83c\udf89' }), JSON.stringify)!
    assert.deepEqual(JSON.parse(line).attributes, { 'key\ufffd': 'a\ufffdb', pair: '🎉' })
  })

  test('text that spells an escape is left alone', () => {
    const attributes = { path: 'C:\\udd00\\', spelled: '\\ud800', mixed: '\\\\\ud800' }
    const { line } = serialize(recordOf(attributes), JSON.stringify)!
    assert.deepEqual(JSON.parse(line).attributes, { ...attributes, mixed: '\\\\\ufffd' })
  })

  test('a record over 200 KB has its texts cut, and says so', () => {
    const attributes = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, 'ü'.repeat(8000)]))
    const { line, bytes } = serialize(recordOf(attributes), JSON.stringify)!
    assert.ok(bytes <= 200_000 && bytes === Buffer.byteLength(line))
    assert.match(JSON.parse(line).attributes.k59, /^ü{200}\[cut, 8000 characters\]$/)
  })

  test('what is too large with short texts too is not serialised', () => {
    const attributes = { list: Array(100_000).fill(12345) }
    assert.equal(serialize(recordOf(attributes), JSON.stringify), undefined)
  })

  test('whatever the text, the line is one line of well-formed JSON with the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, text) => {
        const { line, bytes } = serialize(recordOf({ [`k${key}`]: text }), JSON.stringify)!
        assert.equal(line.includes('\n'), false)
        assert.equal(bytes, Buffer.byteLength(line))
        assert.deepEqual(JSON.parse(line).attributes, { [`k${key}`.toWellFormed()]: text.toWellFormed() })
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff })), units => {
        const text = String.fromCharCode(...units)
        const { line } = serialize(recordOf({ text }), JSON.stringify)!
        assert.equal(JSON.parse(line).attributes.text, text.toWellFormed())
      }),
    )
  })
})

function recordOf(attributes: WireRecord['attributes']): WireRecord {
  return { n: 1, t: 1795210478963.25, kind: 'log', level: 'info', message: 'm', attributes }
}
