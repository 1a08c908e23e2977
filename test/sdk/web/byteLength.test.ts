import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byteLength } from '../../../sdk/src/web/byteLength.ts'

test('the byte length of any text is that of its UTF-8', () => {
  for (const text of ['', 'abc', 'é', '世', '🎉', 'a\ud800', '\udc00b', '\ud800\ud800\udc00'])
    assert.equal(byteLength(text), Buffer.byteLength(text), JSON.stringify(text))
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 0xffff })), units => {
      const text = String.fromCharCode(...units)
      assert.equal(byteLength(text), Buffer.byteLength(text))
    }),
  )
})
