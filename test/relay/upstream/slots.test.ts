import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createSlots } from '../../../relay/src/upstream/slots.ts'

test('so many work at once, the others in the order they came', async () => {
  const slots = createSlots(2, 2)
  const started: string[] = []
  const start = async (name: string) => {
    const release = await slots.acquire(name, 'app')
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
    const release = await slots.acquire(tenant, 'app')
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

test('tenants take turns, and within a tenant its apps do, however many ask for one', async () => {
  const slots = createSlots(1, 1)
  const started: string[] = []
  const work = async (name: string) => {
    const [tenant = '', app = ''] = name.split(' ')
    const release = await slots.acquire(tenant, app)
    started.push(name)
    await turn()
    release()
  }
  const asking = [
    'acme shop',
    'acme shop',
    'acme shop',
    'acme shop',
    'acme blog',
    'acme blog',
    'beta shop',
    'beta shop',
  ]
  await Promise.all(asking.map(work))
  const inTurns = [
    'acme shop',
    'beta shop',
    'acme blog',
    'beta shop',
    'acme shop',
    'acme blog',
    'acme shop',
    'acme shop',
  ]
  assert.deepEqual(started, inTurns)
})

test('the last quarter is for tenants that have none', async () => {
  const slots = createSlots(8, 4)
  const started: string[] = []
  const ask = async (tenant: string) => {
    await slots.acquire(tenant, 'app')
    started.push(tenant)
  }
  for (const tenant of ['a', 'b', 'c']) for (let i = 0; i < 8; i++) void ask(tenant)
  for (const tenant of ['d', 'e', 'f']) void ask(tenant)
  await turn()
  assert.deepEqual(started.sort().join(''), 'aaaabbcd')
})

test('among the lanes of an app those that can wait have one turn in four, and the newest of the others one in two', async () => {
  const slots = createSlots(1, 1)
  const started: string[] = []
  const can = new Set(['late-0', 'late-1', 'late-2', 'perhaps'])
  const work = async (name: string) => {
    const release = await slots.acquire('acme', 'shop', () => can.has(name))
    started.push(name)
    await turn()
    release()
  }
  const done = ['first', 'late-0', 'late-1', 'perhaps', 'late-2', 'a', 'b', 'c', 'd', 'e', 'honest'].map(work)
  can.delete('perhaps')
  await Promise.all(done)
  const inTurns = ['first', 'honest', 'perhaps', 'e', 'late-0', 'd', 'a', 'c', 'late-1', 'b', 'late-2']
  assert.deepEqual(started, inTurns)
})
