import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guard } from '../../../sdk/src/web/guard.ts'

test('what guarded work throws goes to onFault and no further, even if that throws too', () => {
  const faults: unknown[] = []
  const failing = guard(
    (cause: string) => {
      throw cause
    },
    fault => {
      faults.push(fault)
      throw new Error('again')
    },
  )
  failing('one')
  failing('two')
  assert.deepEqual(faults, ['one', 'two'])
})
