import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DecodedEntry } from '../logproto.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { type Step, startScriptedLoki } from './scriptedLoki.ts'
import { shipping } from './shipping.ts'

const runs = process.env.LONG ? 200 : 15
const isPoison = (line: string) => line.endsWith(' 13')
const isEven = (entry: DecodedEntry) => Number(entry.line.split(' ').at(-1)) % 2 === 0
const isNoPoison = (entry: DecodedEntry) => !isPoison(entry.line)

/** Ways in which a push can fail, with and without being stored; whatever its size, so that none is the entries' fault. */
const faults: Step[] = [
  { instead: 'reset', store: true },
  { instead: 'reset', store: false },
  { instead: 'reset', store: isEven },
  { instead: 'hang', store: true },
  { instead: 'hang', store: false },
  { status: 502, store: true },
  { status: 503, store: isEven },
  { status: 500, text: 'empty ring', store: false },
  { status: 429, text: 'ingestion rate limit exceeded', store: false },
  { status: 429, text: 'entry with timestamp … ignored, reason: Per stream rate limit exceeded', store: isEven },
  { status: 401, store: false },
]

test('whatever goes wrong in whatever order, every entry is stored once or set aside', async t => {
  const anyFaults = fc.array(fc.constantFrom(...faults), { minLength: 1, maxLength: 12 })
  const anyBatches = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(anyFaults, anyBatches, fc.nat(12), async (steps, batches, restartAfter) => {
      const loki = await startScriptedLoki(t)
      const { append, start, reopen, untilEmpty, counts } = await shipping(t, loki.url)
      // Short enough for hundreds of runs, and long enough that a busy machine is not taken for a fault.
      const options = { timeoutMs: 250, settleMs: 20, configRetryMs: 20, breakerOpenMs: 10, maxRetryDelayMs: 10 }
      const lanes = ['acme {app="shop"}', 'beta {app="shop"}']
      const expected: string[] = []
      loki.script(...steps.map(step => ({ ...step, store: withoutPoison(step.store) })))
      loki.always(({ lines }) =>
        lines.some(isPoison) ? { status: 400, text: 'has timestamp too old', store: isNoPoison } : {},
      )
      let shipper = start(options)
      for (const [i, size] of batches.entries()) {
        const parts = lanes.map(lane => samplePart(lane, numbered(`${lane} ${i}`, size), Date.now() + i * 1000))
        for (const lane of lanes) expected.push(...numbered(`${lane} ${i}`, size))
        shipper.notify(await append(...parts))
        if (i === restartAfter) {
          await shipper.stop()
          await reopen()
          shipper = start(options)
        }
      }
      await untilEmpty(20_000)
      await shipper.stop()
      const good = expected.filter(line => !isPoison(line))
      assert.deepEqual(loki.stored().sort(), good.sort())
      const { stored, quarantined } = counts
      assert.deepEqual({ stored, quarantined }, { stored: good.length, quarantined: expected.length - good.length })
    }),
    { numRuns: runs, endOnFailure: true },
  )
})

/** Loki never stores what it finds poisonous, however the push ends. */
function withoutPoison(store: Step['store']): Step['store'] {
  return entry => isNoPoison(entry) && (typeof store === 'function' ? store(entry) : store === true)
}
