import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellError, wasTold } from '../../sdk/src/toldErrors.ts'

test('what was told is known once, and of what never comes the oldest is forgotten', () => {
  assert.equal(wasTold('a'), false)
  tellError('a')
  tellError('a')
  assert.deepEqual([wasTold('b'), wasTold('a'), wasTold('a'), wasTold('a')], [false, true, true, false])
  for (let i = 0; i < 30; i++) tellError(`error ${i}`)
  assert.deepEqual([wasTold('error 9'), wasTold('error 10'), wasTold('error 29')], [false, true, true])
})
