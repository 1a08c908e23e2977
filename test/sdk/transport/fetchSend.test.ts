import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFetchSend } from '../../../sdk/src/transport/fetchSend.ts'
import { captureNativeMethods } from '../../../sdk/src/web/nativeMethods.ts'
import { startIntake } from '../../support/intake.ts'

const body = `{"v":1,"batch":"0199d3a1b2c37f0a8e1d2c3b4a596877","sentAtMs":1}
{"n":1,"t":1,"kind":"log","level":"info","message":"m"}`

test('an answer comes with its status, body and Retry-After', async t => {
  const intake = await startIntake()
  t.after(intake.close)
  const send = createFetchSend({ url: intake.url, timeoutMs: 5000, native: captureNativeMethods() })
  const stored = await send(body, true)
  assert.equal(stored.status, 202)
  assert.equal((stored.body as { accepted: number }).accepted, 1)
  intake.script = () => ({ status: 429, code: 'rate_limited', retryAfter: '3' })
  const refused = await send(body, true)
  assert.equal(refused.status, 429)
  assert.equal(refused.retryAfter, '3')
})

test('a connection that is cut, refused or silent is an answer of status 0', async t => {
  const intake = await startIntake()
  t.after(intake.close)
  const send = createFetchSend({ url: intake.url, timeoutMs: 200, native: captureNativeMethods() })
  intake.script = () => 'reset'
  assert.deepEqual(await send(body, true), { status: 0 })
  intake.script = () => 'hang'
  assert.deepEqual(await send(body, true), { status: 0 })
  await intake.down()
  assert.deepEqual(await send(body, true), { status: 0 })
})

test('a body that is not JSON is none', async () => {
  const native = { ...captureNativeMethods(), fetch: async () => new Response('<html>Welcome to the hotel') }
  const send = createFetchSend({ url: 'http://relay.test', timeoutMs: 1000, native })
  assert.deepEqual(await send(body, false), { status: 200, retryAfter: null, body: undefined })
})
