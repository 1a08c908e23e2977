import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { createLokiClient, type LokiClientOptions } from '../../../relay/src/upstream/lokiClient.ts'
import { encodePush } from '../../../relay/src/upstream/pushEncoder.ts'
import { freePorts } from '../../support/freePorts.ts'
import { waitFor } from '../../support/waitFor.ts'
import { samplePart } from './sampleParts.ts'
import { startScriptedLoki } from './scriptedLoki.ts'

const body = encodePush('{app="shop"}', [samplePart('acme {app="shop"}', ['one']).body])

function client(t: TestContext, options: LokiClientOptions) {
  const created = createLokiClient(options)
  t.after(created.close)
  return created
}

describe('a push', () => {
  test('says whose it is and what it is', async t => {
    const loki = await startScriptedLoki(t)
    assert.deepEqual(await client(t, { endpoint: loki.url }).push({ tenant: 'acme', body }), { status: 204, text: '' })
    const [push] = loki.pushes
    assert.equal(push?.tenant, 'acme')
    assert.equal(push.headers['content-type'], 'application/x-protobuf')
    assert.equal(push.headers.authorization, undefined)
  })

  test('goes with basic authentication if there is a user name, else with a bearer token', async t => {
    const loki = await startScriptedLoki(t)
    await client(t, { endpoint: loki.url, username: '1234', token: 'glc_ü' }).push({ tenant: 'acme', body })
    await client(t, { endpoint: loki.url, token: 'glc_x' }).push({ tenant: 'acme', body })
    const sent = loki.pushes.map(push => push.headers.authorization)
    assert.deepEqual(sent, [`Basic ${Buffer.from('1234:glc_ü').toString('base64')}`, 'Bearer glc_x'])
  })

  test('goes to the same place whether the base or the full address is given, and below a prefix', async t => {
    const paths: string[] = []
    const server = createServer((request, response) => {
      paths.push(request.url ?? '')
      response.writeHead(204).end()
    }).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await waitFor(() => server.listening, { timeoutMs: 1000, what: 'the server' })
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const suffix of ['', '/', '/loki/api/v1/push', '/gateway/', '/gateway/loki/api/v1/push/'])
      await client(t, { endpoint: base + suffix }).push({ tenant: 'acme', body })
    const path = '/loki/api/v1/push'
    assert.deepEqual(paths, [path, path, path, `/gateway${path}`, `/gateway${path}`])
  })

  test('reuses its connection', async t => {
    const loki = await startScriptedLoki(t)
    const { push } = client(t, { endpoint: loki.url })
    for (let i = 0; i < 3; i++) await push({ tenant: 'acme', body })
    assert.deepEqual(loki.endings, [])
  })

  test('to where nobody listens was certainly not sent', async t => {
    const [port] = await freePorts(1)
    const result = await client(t, { endpoint: `http://127.0.0.1:${port}` }).push({ tenant: 'acme', body })
    assert.ok(result.failure === 'network' && !result.bodySent, JSON.stringify(result))
    assert.match(result.reason, /ECONNREFUSED/)
  })

  test('that is reset may have been applied', async t => {
    const loki = await startScriptedLoki(t)
    loki.script({ instead: 'reset' })
    const result = await client(t, { endpoint: loki.url }).push({ tenant: 'acme', body })
    assert.ok(result.failure === 'network' && result.bodySent, JSON.stringify(result))
  })

  test('that gets no answer in time is ended by a reset, not politely', async t => {
    const loki = await startScriptedLoki(t)
    loki.script({ instead: 'hang' })
    const result = await client(t, { endpoint: loki.url, timeoutMs: 100 }).push({ tenant: 'acme', body })
    assert.ok(result.failure === 'network' && result.bodySent)
    assert.match(result.reason, /no answer within 100 ms/)
    await waitFor(() => loki.endings.length > 0, { timeoutMs: 2000, what: 'the connection to end' })
    assert.deepEqual(loki.endings, ['ECONNRESET'])
  })

  test('can be given up from outside, before and while it is under way', async t => {
    const loki = await startScriptedLoki(t)
    loki.script({ instead: 'hang' })
    const { push } = client(t, { endpoint: loki.url })
    const abort = new AbortController()
    const pushing = push({ tenant: 'acme', body, signal: abort.signal })
    await waitFor(() => loki.pushes.length === 1, { timeoutMs: 2000, what: 'the push' })
    abort.abort()
    assert.equal((await pushing).failure, 'network')
    const late = await push({ tenant: 'acme', body, signal: abort.signal })
    assert.ok(late.failure === 'network' && !late.bodySent)
    assert.equal(loki.pushes.length, 1)
  })

  test('of a tenant that no header can hold is not made', async t => {
    const loki = await startScriptedLoki(t)
    const result = await client(t, { endpoint: loki.url }).push({ tenant: 'a\nb', body })
    assert.equal(result.failure, 'request')
    assert.equal(loki.pushes.length, 0)
  })

  test('never names the credentials in what went wrong', async t => {
    const [port] = await freePorts(1)
    const options = { username: 'someone', token: 'canary\u0000token' }
    const results = [
      await client(t, { endpoint: `http://127.0.0.1:${port}`, ...options }).push({ tenant: 'acme', body }),
      await client(t, { endpoint: `http://127.0.0.1:${port}`, token: 'canary\u0000token' }).push({
        tenant: 'acme',
        body,
      }),
    ]
    assert.doesNotMatch(JSON.stringify(results), /canary|someone/)
    assert.equal(results[1]?.failure, 'request')
  })

  test('takes an answer of bounded length only', async t => {
    const loki = await startScriptedLoki(t)
    loki.script({ status: 500, text: 'x'.repeat(1_000_000) })
    const result = await client(t, { endpoint: loki.url }).push({ tenant: 'acme', body })
    assert.ok(result.failure === 'network' && result.answerTooLong)
  })
})

test('an endpoint that is no web address is refused', () => {
  assert.throws(() => createLokiClient({ endpoint: 'loki:3100' }), TypeError)
  assert.throws(() => createLokiClient({ endpoint: 'ftp://loki' }), TypeError)
})
