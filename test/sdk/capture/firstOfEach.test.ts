import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFirstOfEach } from '../../../sdk/src/capture/firstOfEach.ts'

test('of whatever repeats, each is let through once, and twenty in all', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.constantFrom('a', undefined)), { maxLength: 200 }), parts => {
      const isFirst = createFirstOfEach()
      const passed = parts.filter(each => isFirst(...each)).map(each => each.join(' '))
      const distinct = [...new Set(parts.map(each => each.join(' ')))]
      assert.deepEqual(passed, distinct.slice(0, 20))
    }),
  )
})
