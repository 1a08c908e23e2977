import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createSlots } from '../../../relay/src/upstream/slots.ts'

test('so many work at once, the others in the order they came', async () => {
  const slots = createSlots(2, 2)
  const started: string[] = []
  const start = async (name: string) => {
    const release = await slots.acquire(name)
    started.push(name)
    return release
  }
  const [a, , c] = ['a', 'b', 'c', 'd'].map(start)
  await turn()
  assert.deepEqual(started, ['a', 'b'])
  ;(await a!)()
  await turn()
  assert.deepEqual(started, ['a', 'b', 'c'])
  ;(await c!)()
  await turn()
  assert.deepEqual(started, ['a', 'b', 'c', 'd'])
})

test('one tenant never takes all of the slots', async () => {
  const slots = createSlots(3, 2)
  const started: string[] = []
  const start = async (tenant: string) => {
    const release = await slots.acquire(tenant)
    started.push(tenant)
    return release
  }
  const [first] = ['busy', 'busy', 'busy', 'calm'].map(start)
  await turn()
  assert.deepEqual(started, ['busy', 'busy', 'calm'])
  ;(await first!)()
  await turn()
  assert.deepEqual(started, ['busy', 'busy', 'calm', 'busy'])
})
