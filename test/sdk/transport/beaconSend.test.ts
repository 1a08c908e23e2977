import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Batch } from '../../../sdk/src/batch.ts'
import { beaconSend, firstLines } from '../../../sdk/src/transport/beaconSend.ts'
import { encode } from '../../../sdk/src/transport/encode.ts'
import { testBatch } from '../../support/testBatch.ts'

const encodeNow = (batch: Batch) => encode(batch, 1_795_210_479_000, undefined, JSON.stringify)

test('batches go in the order given; of the one that does not fit go the first lines under its own id', () => {
  const first = testBatch(['"a"'], { id: 'first000000000000' })
  const second = testBatch(
    Array.from({ length: 50 }, (_, i) => `"${String(i).padStart(20, '0')}"`),
    { id: 'second00000000000', drops: { too_old: 1 } },
  )
  const bodies: string[] = []
  const send = (body: string) => bodies.push(body) > 0
  assert.deepEqual(beaconSend([first, second], 900, send, encodeNow), [first])
  assert.equal(bodies.length, 2)
  const [header, ...lines] = bodies[1]!.split('\n')
  assert.equal(JSON.parse(header!).batch, second.id)
  assert.deepEqual(JSON.parse(header!).drops, { too_old: 1 })
  assert.equal(lines.length, 25)
  assert.ok(second.lines.startsWith(lines.join('\n')))
  assert.ok(Buffer.byteLength(bodies[0]! + bodies[1]!) <= 900)
})

test('a browser that takes no more is not asked again', () => {
  let asked = 0
  const refuse = () => ++asked < 0
  assert.deepEqual(beaconSend([testBatch(['1']), testBatch(['2'])], 60_000, refuse, encodeNow), [])
  assert.equal(asked, 1)
})

test('the budget is never exceeded, and lines are never cut', () => {
  const line = fc.string({ maxLength: 60, unit: 'grapheme' }).map(text => JSON.stringify(text))
  const batch = fc.array(line, { minLength: 1, maxLength: 30 }).map(lines => testBatch(lines))
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 6 }), fc.integer({ min: 0, max: 4000 }), (batches, budgetBytes) => {
      let sentBytes = 0
      beaconSend(
        batches,
        budgetBytes,
        body => {
          sentBytes += Buffer.byteLength(body)
          return true
        },
        encodeNow,
      )
      assert.ok(sentBytes <= budgetBytes)
      for (const whole of batches) {
        const part = firstLines(whole, budgetBytes)
        if (!part) continue
        assert.ok(part.bytes <= budgetBytes)
        assert.equal(part.lines.split('\n').length, part.count)
        assert.deepEqual(part.lines.split('\n'), whole.lines.split('\n').slice(0, part.count))
      }
    }),
  )
})
