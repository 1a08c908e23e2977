import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSampling } from '../../../sdk/src/pipeline/sampling.ts'
import { randomId } from '../../../sdk/src/web/randomId.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

const log: WireRecord = { n: 1, t: 1, kind: 'log', level: 'info', message: 'm' }
const exception: WireRecord = { ...log, kind: 'exception', level: 'error' }
const errorTexts: WireRecord[] = [
  { ...log, level: 'error' },
  { ...log, level: 'fatal' },
]

test('of ten thousand sessions the wanted share is recorded', () => {
  for (const sampleRate of [0.01, 0.25, 0.9]) {
    let sampled = 0
    for (let i = 0; i < 10_000; i++)
      if (createSampling({ sampleRate, levelSampleRates: {} }, randomId).isSampled()) sampled++
    assert.ok(Math.abs(sampled / 10_000 - sampleRate) < 0.025, `${sampled} for ${sampleRate}`)
  }
})

test('a session is recorded whole, or nothing of it but its errors, by whichever page', () => {
  fc.assert(
    fc.property(fc.nat(99), fc.boolean(), (percent, reload) => {
      const sampleRate = percent / 100
      const id = randomId()
      const create = () => createSampling({ sampleRate, levelSampleRates: {} }, () => id)
      const first = create()
      const second = reload ? create() : first
      assert.equal(first.stage!(log), first.isSampled() ? log : 'sample_rate')
      assert.equal(second.stage!({ ...log, kind: 'event' }) !== 'sample_rate', first.isSampled())
      for (const error of [exception, ...errorTexts]) assert.equal(second.stage!(error), error)
    }),
  )
})

test('none and all mean none and all', () => {
  const none = createSampling({ sampleRate: 0, levelSampleRates: {} }, () => '0'.repeat(20))
  assert.equal(none.stage!(log), 'sample_rate')
  assert.equal(none.stage!({ ...log, level: 'warn' }), 'sample_rate')
  const all = createSampling({ sampleRate: 1, levelSampleRates: {} }, () => 'f'.repeat(20))
  assert.equal(all.stage, undefined)
  assert.equal(all.isSampled(), true)
})

test('of a level the wanted share is kept, of others all; never less of exceptions and starts of sessions', () => {
  const { stage } = createSampling({ sampleRate: 1, levelSampleRates: { info: 0.1, error: 0 } }, randomId)
  const kept = (record: WireRecord) =>
    Array.from({ length: 5000 }, () => stage!(record)).filter(Object.isExtensible).length
  assert.ok(Math.abs(kept(log) - 500) < 120, `${kept(log)}`)
  assert.equal(kept({ ...log, level: 'debug' }), 5000)
  assert.equal(kept({ ...log, level: 'error' }), 0)
  assert.equal(kept(exception), 5000)
  assert.equal(kept({ ...log, kind: 'event', message: 'session_start' }), 5000)
})

test('both rates multiply', () => {
  let kept = 0
  for (let i = 0; i < 10_000; i++) {
    const { stage } = createSampling({ sampleRate: 0.5, levelSampleRates: { info: 0.5 } }, randomId)
    if (stage!(log) === log) kept++
  }
  assert.ok(Math.abs(kept / 10_000 - 0.25) < 0.025, `${kept}`)
})
