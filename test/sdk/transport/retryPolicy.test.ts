import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { retryPolicy } from '../../../sdk/src/transport/retryPolicy.ts'

const nowMs = Date.parse('2026-11-20T10:00:00Z')
const refusal = (code: string) => ({ error: { code, message: 'because' } })
const accepted = { accepted: 2, duplicate: 0, rejected: [], nowMs }

test('only a 202 with the counts of the relay is success', () => {
  assert.deepEqual(retryPolicy({ status: 202, body: accepted }, nowMs), { outcome: 'stored', refused: {} })
  for (const answer of [
    { status: 200, body: accepted },
    { status: 200 },
    { status: 202 },
    { status: 202, body: { ok: true } },
    { status: 202, body: null },
    { status: 204 },
    { status: 302 },
  ])
    assert.equal(retryPolicy(answer, nowMs).outcome, 'retry', JSON.stringify(answer))
})

test('records that the relay refused are counted, too large ones by that name', () => {
  const rejected = [{ n: 1, reason: 'too_large' }, { reason: 'invalid_json' }, { n: 3, reason: 'too_deep' }]
  assert.deepEqual(retryPolicy({ status: 202, body: { ...accepted, rejected } }, nowMs), {
    outcome: 'stored',
    refused: { too_large: 1, refused: 2 },
  })
})

test('each refusal of the protocol has its consequence', () => {
  const outcomes = [
    [400, 'invalid_batch', 'drop', 'invalid_batch'],
    [401, 'unknown_key', 'stop', 'unknown_key'],
    [403, 'origin_not_allowed', 'stop', 'origin_not_allowed'],
    [401, 'token_required', 'renewToken', undefined],
    [401, 'token_invalid', 'renewToken', undefined],
    [413, 'too_large', 'split', undefined],
    [429, 'rate_limited', 'retry', 'relay_error'],
    [503, 'spool_full', 'retry', 'relay_error'],
    [500, 'internal', 'retry', 'relay_error'],
    [404, 'not_found', 'retry', 'relay_error'],
    [0, '', 'retry', 'network_error'],
  ] as const
  for (const [status, code, outcome, fault] of outcomes) {
    const result = retryPolicy({ status, body: refusal(code) }, nowMs)
    assert.equal(result.outcome, outcome, `${status} ${code}`)
    assert.equal('fault' in result ? result.fault.code : undefined, fault, `${status} ${code}`)
  }
})

test('Retry-After is read as seconds and as a date, and bounded', () => {
  const pause = (retryAfter: string) => {
    const result = retryPolicy({ status: 429, retryAfter }, nowMs)
    return result.outcome === 'retry' && result.retryAfterMs
  }
  assert.equal(pause('7'), 7000)
  assert.equal(pause('Fri, 20 Nov 2026 10:00:30 GMT'), 30_000)
  assert.equal(pause('Fri, 20 Nov 2026 09:00:00 GMT'), 0)
  assert.equal(pause('soon'), 0)
  assert.equal(pause('-5'), 0)
  assert.equal(pause('999999999999'), 3_600_000)
})

test('no answer whatever makes it throw, or take a batch for stored without the relay saying so', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.option(fc.string()), fc.anything(), (status, retryAfter, body) => {
      const result = retryPolicy({ status, retryAfter, body }, nowMs)
      if (result.outcome === 'stored') assert.equal(typeof (body as typeof accepted).accepted, 'number')
      if (result.outcome === 'retry') assert.ok(result.retryAfterMs >= 0 && result.retryAfterMs <= 3_600_000)
    }),
  )
})
