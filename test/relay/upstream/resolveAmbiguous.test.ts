import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookResult } from '../../../relay/src/upstream/lookForEntries.ts'
import { createAmbiguityResolver } from '../../../relay/src/upstream/resolveAmbiguous.ts'

function resolver() {
  const clock = { nowMs: 0 }
  const { resolve, doubted } = createAmbiguityResolver(6000, () => clock.nowMs)
  return { clock, doubted, ask: (result: LookResult<string>) => resolve(['a', 'b'], async () => result) }
}

const missing = (items: string[], unseen: string[] = []): LookResult<string> => ({
  kind: 'looked',
  missing: items,
  unseen,
})

test('when everything is there nothing has to be waited for', async () => {
  const { ask } = resolver()
  assert.deepEqual(await ask(missing([])), { kind: 'known', missing: [], unchecked: 0 })
})

test('what is missing may still come: only what is missing after the wait is pushed', async () => {
  const { ask, clock } = resolver()
  assert.deepEqual(await ask(missing(['a', 'b'])), { kind: 'wait', waitMs: 6000 })
  clock.nowMs = 5000
  assert.deepEqual(await ask(missing(['b'])), { kind: 'wait', waitMs: 1000 })
  clock.nowMs = 6000
  assert.deepEqual(await ask(missing(['b'])), { kind: 'known', missing: ['b'], unchecked: 0 })
})

test('the wait counts from the first look that was answered', async () => {
  const { ask, clock } = resolver()
  assert.deepEqual(await ask({ kind: 'failed', reason: 'ECONNREFUSED' }), { kind: 'failed', reason: 'ECONNREFUSED' })
  clock.nowMs = 60_000
  assert.deepEqual(await ask(missing(['a'])), { kind: 'wait', waitMs: 6000 })
})

test('another push without a certain end starts the wait again', async () => {
  const { ask, clock, doubted } = resolver()
  await ask(missing(['a']))
  clock.nowMs = 6000
  assert.equal((await ask(missing(['a']))).kind, 'known')
  doubted()
  assert.deepEqual(await ask(missing(['a'])), { kind: 'wait', waitMs: 6000 })
})

test('without leave to read everything is pushed again, and counted', async () => {
  const { ask } = resolver()
  assert.deepEqual(await ask({ kind: 'unreadable', reason: '403' }), {
    kind: 'known',
    missing: ['a', 'b'],
    unchecked: 2,
  })
})

test('what is too old to be seen is not waited for, and counted', async () => {
  const { ask } = resolver()
  assert.deepEqual(await ask(missing(['a'], ['a'])), { kind: 'known', missing: ['a'], unchecked: 1 })
})
