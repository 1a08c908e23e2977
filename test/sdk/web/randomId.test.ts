import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomId, uuidv7Hex } from '../../../sdk/src/web/randomId.ts'

describe('ids', () => {
  test('a UUIDv7 starts with its time and says its version and variant', () => {
    const id = uuidv7Hex(0x0199_1234_5678 + 0.7)
    assert.match(id, /^019912345678(7[0-9a-f]{3})([89ab][0-9a-f]{15})$/)
  })

  test('ids of later milliseconds sort after earlier ones', () => {
    const ids = Array.from({ length: 100 }, (_, i) => uuidv7Hex(1_795_210_479_000 + i))
    assert.deepEqual([...ids].sort(), ids)
  })

  test('ten thousand ids are all different, with and without a crypto object', t => {
    assert.equal(new Set(Array.from({ length: 10_000 }, randomId)).size, 10_000)
    const { crypto } = globalThis
    t.after(() => Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true }))
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
    const ids = Array.from({ length: 10_000 }, randomId)
    assert.equal(new Set(ids).size, 10_000)
    for (const id of ids) assert.match(id, /^[0-9a-f]{20}$/)
  })
})
