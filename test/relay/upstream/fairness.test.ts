import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'
import { shipping } from './shipping.ts'

const quiet = 'acme {app="blog", kind="log"}'
/** How long Loki takes for a push of a noisy app. */
const slowMs = 250
const runMs = process.env.LONG ? 60_000 : 6000

describe('while others flood, a quiet app has its records in Loki within 5 s at p99', () => {
  const floods: [of: string, lanes: string[]][] = [
    ['six other tenants', Array.from({ length: 480 }, (_, i) => `noisy-${i % 6} {app="shop", n="${i}"}`)],
    ['another app of its tenant', Array.from({ length: 120 }, (_, i) => `acme {app="shop", n="${i}"}`)],
  ]
  for (const [of, lanes] of floods)
    test(`${of}, in ${lanes.length} streams`, async t => {
      const loki = await startScriptedLoki(t)
      loki.always(push => (push.labels.includes('shop') ? { delayMs: slowMs } : {}))
      const { append, start } = await shipping(t, loki.url)
      const shipper = start({ flushIntervalMs: 1000, batchSize: 10 })
      const flood = async () => shipper.notify(await append(...lanes.map(lane => samplePart(lane, numbered('x', 10)))))
      for (let i = 0; i < 3; i++) await flood()

      const sentAtMs: number[] = []
      for (const endMs = performance.now() + runMs; performance.now() < endMs; await sleep(100)) {
        sentAtMs.push(performance.now())
        shipper.notify(await append(samplePart(quiet, [String(sentAtMs.length - 1)])))
        if (sentAtMs.length % 10 === 0) await flood()
      }
      const arrivals = () => loki.pushes.filter(({ labels }) => quiet.endsWith(labels))
      const arrived = () => arrivals().flatMap(({ lines, atMs }) => lines.map(line => atMs - sentAtMs[Number(line)]!))
      await waitFor(() => arrived().length === sentAtMs.length, {
        timeoutMs: 20_000,
        what: 'the last of the quiet app',
      })

      const noisy = loki.pushes.length - arrivals().length
      assert.ok(noisy > runMs / slowMs, `only ${noisy} pushes of the flood`)
      const p99Ms = arrived().sort((a, b) => a - b)[Math.ceil(sentAtMs.length * 0.99) - 1]!
      assert.ok(p99Ms < 5000, `${Math.round(p99Ms)} ms`)
    })
})

test('tenants whose pushes hang, many as they are, leave one to others', async t => {
  const loki = await startScriptedLoki(t)
  loki.always(push => (push.tenant === 'acme' ? {} : { instead: 'hang' }))
  const { append, start, counts } = await shipping(t, loki.url)
  const shipper = start({ timeoutMs: 60_000 })
  const lanes = Array.from({ length: 40 }, (_, i) => `noisy-${i % 5} {n="${i}"}`)
  shipper.notify(await append(...lanes.map(lane => samplePart(lane, ['x']))))
  await waitFor(() => loki.pushes.length >= 12, { timeoutMs: 2000, what: 'the hanging pushes' })
  shipper.notify(await append(samplePart(quiet, ['x'])))
  await waitFor(() => counts.stored === 1, { timeoutMs: 2000, what: 'the other tenant to be shipped' })
})
