import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTransport } from '../../../sdk/src/transport/transport.ts'
import { createClock } from '../../../sdk/src/web/clock.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import { testBatch } from '../../support/testBatch.ts'

test('when others have used up the budget of keepalive, the next request goes without it', async () => {
  const keepalives: (boolean | undefined)[] = []
  const accepted = JSON.stringify({ accepted: 1, duplicate: 0, rejected: [], nowMs: 1 })
  const native = {
    ...captureNativeMethods(),
    fetch: (async (_url, options) => {
      keepalives.push(options?.keepalive)
      if (options?.keepalive) throw new TypeError('Failed to fetch')
      return new Response(accepted, { status: 202 })
    }) as typeof fetch,
  }
  const config = { url: 'http://relay.test', key: 'pk_a', timeoutMs: 1000, getToken: undefined }
  const clockOffset = { offsetMs: () => 0, learn() {} }
  const { send } = createTransport({ config, clock: createClock(), clockOffset, native })
  const outcomes: string[] = []
  for (let attempts = 0; attempts < 3; attempts++) outcomes.push((await send(testBatch(['{}']))).outcome)
  assert.deepEqual(outcomes, ['retry', 'stored', 'retry'])
  assert.deepEqual(keepalives, [true, false, true])
})
