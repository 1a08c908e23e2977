import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitBatch } from '../../../sdk/src/queue/splitBatch.ts'
import { firstLines } from '../../../sdk/src/transport/beaconSend.ts'
import { testBatch } from '../../support/testBatch.ts'

test('the parts hold the same records in the same order, the first under the own id, the rest under one that follows from it', () => {
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
        [batch.id, `${batch.id}${(given.length >> 1).toString(36)}`],
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

test('however often it is split, no two parts share an id', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.array(fc.nat(), { maxLength: 50 }), (count, picks) => {
      const parts = [testBatch(Array.from({ length: count }, (_, i) => `${i}`))]
      for (const pick of picks) {
        const index = pick % parts.length
        const halves = splitBatch(parts[index]!)
        if (halves) parts.splice(index, 1, ...halves)
      }
      assert.equal(new Set(parts.map(({ id }) => id)).size, parts.length)
      assert.ok(parts.every(({ id }) => id.length <= 36))
    }),
  )
})

test('what a beacon took of a batch stays together under its id', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 30, max: 2000 }), (count, budgetBytes) => {
      const batch = testBatch(Array.from({ length: count }, (_, i) => `${i}`))
      const beaconed = firstLines(batch, budgetBytes)?.count ?? 0
      let kept = batch
      for (let halves = splitBatch(kept); halves && kept.count > beaconed; halves = splitBatch(kept)) kept = halves[0]
      assert.equal(kept.id, batch.id)
      if (beaconed) assert.equal(kept.count, beaconed)
    }),
  )
})

test('a single record, and an id that has no room left, can not be split', () => {
  assert.equal(splitBatch(testBatch(['1'])), undefined)
  assert.equal(splitBatch(testBatch(['1', '2'], { id: `${'x'.repeat(32)}zzzz` })), undefined)
  assert.ok(splitBatch(testBatch(['1', '2'], { id: `${'x'.repeat(32)}zzz0` })))
})
