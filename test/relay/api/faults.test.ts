import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { sdkRoute } from '../../../relay/src/api/sdkRoute.ts'
import { createApp } from '../../../relay/src/app.ts'
import { createLimits } from '../../../relay/src/auth/limits.ts'
import { RelayError } from '../../../relay/src/errors.ts'
import { createLog } from '../../../relay/src/log.ts'
import { createMetrics } from '../../../relay/src/metrics.ts'
import { createOutcomes } from '../../../relay/src/outcomes.ts'
import { testApp } from '../../support/testApp.ts'
import { batchOf, origin, recordOf, send } from './sourceRelay.ts'

const canary = 'canary-5b7e'

test('a fault of ours is answered 500 without any detail, and the next request is served', async t => {
  let failing = true
  const { relay, outcomes } = await serve(t, async () => {
    if (failing) throw new Error(`connect to postgres://user:${canary}@db failed`)
    return { status: 'stored' }
  })
  const answer = await send(relay, { body: batchOf([recordOf(1)]) })
  assert.equal(answer.status, 500)
  assert.deepEqual(answer.json, {
    error: { code: 'internal', message: 'The relay failed at this request. It is in its log.' },
  })
  assert.equal(answer.headers['access-control-allow-origin'], origin, 'the page can read it')
  assert.ok(!JSON.stringify(answer).includes(canary))
  assert.equal(outcomes.totals().received, 0, 'the page keeps the records, so they were not received')
  failing = false
  assert.equal((await send(relay, { body: batchOf([recordOf(1)]) })).status, 202, 'what failed is not counted')
})

test('the 202 is not sent before the batch is durable', async t => {
  const durable = Promise.withResolvers<{ status: 'stored' }>()
  const { relay } = await serve(t, () => durable.promise)
  let answered = false
  const answer = send(relay, { body: batchOf([recordOf(1)]) }).finally(() => {
    answered = true
  })
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.equal(answered, false)
  durable.resolve({ status: 'stored' })
  assert.equal((await answer).status, 202)
})

test('a relay that is being stopped answers 503 shutting_down with Retry-After, and closes the connection', async t => {
  const { relay } = await serve(t, () => Promise.reject(new Error('not reached')), true)
  const answer = await send(relay, { body: batchOf([recordOf(1)]), headers: { origin, connection: 'keep-alive' } })
  assert.deepEqual([answer.status, answer.json.error.code], [503, 'shutting_down'])
  assert.equal(answer.headers['retry-after'], '5')
  assert.equal(answer.headers.connection, 'close')
})

async function serve(t: TestContext, append: () => Promise<{ status: 'stored' }>, stopping = false) {
  const outcomes = createOutcomes()
  const unused = () => {
    throw new RelayError('internal')
  }
  const rates = createLimits()
  const app = createApp({
    authenticate: (_key, from) => ({
      app: testApp({ limits: { recordsPerDay: 1, perClient: {}, perSession: {} } }),
      allowOrigin: from,
    }),
    checkToken: async () => undefined,
    refused: unused,
    stopping: () => stopping,
    readBody: async req => Buffer.concat(await req.toArray()),
    limits: { maxRecords: 10, maxRecordBytes: 1000, maxBodyBytes: 1000 },
    clients: rates.clients([]),
    charge: rates.charge,
    limited: unused,
    process: async () => [],
    groupByLane: () => [],
    append,
    stored: () => undefined,
    outcomes,
    nowMs: Date.now,
    sdk: sdkRoute({ directory: new URL('file:///nowhere/'), version: '0.0.0' }),
    metrics: createMetrics({ version: '0', outcomes, spool: unused, spoolMaxBytes: 0, apps: () => [] }),
    log: createLog('silent'),
    trustProxy: 0,
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.after(() => server.close())
  return { relay: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, outcomes }
}
