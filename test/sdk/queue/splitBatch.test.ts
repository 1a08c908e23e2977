import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitBatch } from '../../../sdk/src/queue/splitBatch.ts'
import { testBatch } from '../../support/testBatch.ts'

test('the halves hold the same records in the same order, under ids that follow from the own', () => {
  const lines = fc.array(
    fc.string({ unit: 'grapheme' }).map(text => JSON.stringify(text)),
    { minLength: 2 },
  )
  fc.assert(
    fc.property(lines, given => {
      const batch = testBatch(given, { drops: { refused: 2 } })
      const halves = splitBatch(batch)
      assert.ok(halves)
      assert.deepEqual(
        halves.map(({ id }) => id),
        [`${batch.id}0`, `${batch.id}1`],
      )
      assert.equal(halves.map(({ lines }) => lines).join('\n'), batch.lines)
      assert.equal(halves[0].count + halves[1].count, batch.count)
      assert.equal(halves[0].bytes + halves[1].bytes, batch.bytes)
      assert.deepEqual(
        halves.map(({ drops }) => drops),
        [{ refused: 2 }, undefined],
      )
      assert.deepEqual(splitBatch(batch), halves)
    }),
  )
})

test('a single record, and an id that has no room left, can not be split', () => {
  assert.equal(splitBatch(testBatch(['1'])), undefined)
  assert.equal(splitBatch(testBatch(['1', '2'], { id: 'x'.repeat(36) })), undefined)
  assert.ok(splitBatch(testBatch(['1', '2'], { id: 'x'.repeat(35) })))
})
