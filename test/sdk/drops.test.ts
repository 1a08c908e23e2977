import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDrops } from '../../sdk/src/drops.ts'

test('drops are counted by reason and handed over to the relay once', () => {
  const drops = createDrops()
  drops.count('too_old', 2)
  drops.count('too_old', 1)
  drops.count('refused', 0)
  assert.deepEqual(drops.takeUntold(), { too_old: 3 })
  assert.equal(drops.takeUntold(), undefined)
  assert.deepEqual(drops.total(), { too_old: 3 })
})

test('drops of an earlier page are told to the relay and are in no count of this one', () => {
  const drops = createDrops()
  drops.tell({ buffer_overflow: 4 })
  assert.deepEqual(drops.total(), {})
  assert.deepEqual(drops.takeUntold(), { buffer_overflow: 4 })
})

test('onDrop is told of each, and what it throws goes nowhere', () => {
  const told: unknown[] = []
  const drops = createDrops((...args) => {
    told.push(args)
    throw new Error('of the host')
  })
  drops.count('refused', 2)
  assert.deepEqual(told, [['refused', 2]])
  assert.deepEqual(drops.total(), { refused: 2 })
})
