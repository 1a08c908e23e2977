import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answer, batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'
import { startShippingRelay } from './shippingRelay.ts'

describe('pages of other origins', () => {
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())

  const foreign = [
    'https://shop.example.evil.io',
    'https://evilshop.example',
    'https://evil.io?https://shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.',
    'https://shop.example, https://evil.io',
    'null',
    '*',
    'file://',
  ]
  test('are answered without Access-Control-Allow-Origin, and never with credentials, whatever the method', async () => {
    for (const from of foreign)
      for (const method of ['POST', 'OPTIONS', 'GET', 'PUT']) {
        const body = method === 'POST' ? batchOf([recordOf(1)]) : undefined
        const answer = await send(relay, {
          method,
          headers: { origin: from, 'access-control-request-method': 'POST' },
          body,
        })
        assert.ok([403, 405].includes(answer.status), `${method} ${from}: ${answer.status}`)
        assert.equal(answer.headers['access-control-allow-origin'], undefined, from)
        assert.equal(answer.headers['access-control-allow-credentials'], undefined)
        assert.equal(answer.headers.vary, 'Origin')
      }
  })

  test('may post a form, with a cookie or without: it changes nothing, no cookie is set', async () => {
    const types = [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/json',
    ]
    for (const type of types)
      for (const from of ['https://evil.io', origin]) {
        const body = batchOf([recordOf(1)])
        const bare = await send(relay, { body, headers: { origin: from, 'content-type': type } })
        const cookie = { cookie: 'session=admin; token=x', authorization: 'Basic YTpi' }
        const again = await send(relay, { body, headers: { origin: from, 'content-type': type, ...cookie } })
        for (const answer of [bare, again]) {
          assert.equal(answer.status, from === origin ? 202 : 403)
          assert.equal(answer.headers['set-cookie'], undefined)
        }
        assert.deepEqual(Object.keys(again.headers).sort(), Object.keys(bare.headers).sort())
      }
  })
})

test('another tenant or other labels can not be had by header, query or body', async t => {
  const { relay, loki, stored } = await startShippingRelay(t)
  const headers = {
    origin,
    'x-scope-orgid': 'victim',
    'x-loki-tenant': 'victim',
    'x-original-url': '/v1/i/pk_victim',
    'x-http-method-override': 'GET',
    'x-forwarded-host': 'victim',
    authorization: 'Bearer victim',
    cookie: 'tenant=victim',
  }
  const forged = { tenant: 'victim', labels: { app: 'victim' }, app: 'victim', key: 'pk_victim', stream: 'victim' }
  const body = batchOf([recordOf(1, forged)], { ...forged, context: { page: 'p1', ...forged } })
  assert.equal((await send(relay, { path: '/v1/i/pk_shop?tenant=victim&key=pk_victim', headers, body })).status, 202)
  const [entry] = await stored(1)
  const [push] = loki.pushes
  assert.equal(push!.tenant, 'shop-tenant')
  assert.equal(push!.headers.authorization, undefined)
  assert.equal(entry!.labels, '{app="shop", env="test", kind="log", service_name="shop"}')
  assert.ok(!JSON.stringify([entry!.line, entry!.metadata, push]).includes('victim'))
})

test('the same batch three times at once: each record is in Loki once', async t => {
  const { relay, loki, stored } = await startShippingRelay(t)
  const bodies = Array.from({ length: 20 }, () => batchOf([recordOf(1), recordOf(2), recordOf(3)]))
  const answers = await Promise.all(bodies.flatMap(body => [1, 2, 3].map(() => send(relay, { body }))))
  const sum = (of: (answer: Answer) => number) => answers.reduce((total, answer) => total + of(answer), 0)
  assert.deepEqual([sum(({ json }) => json.accepted), sum(({ json }) => json.duplicate)], [60, 120])
  const entries = await stored(60)
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.equal(loki.entries().length, 60)
  assert.equal(new Set(entries.map(({ metadata }) => metadata.record_id)).size, 60)
})

test('every refusal is the same small JSON for everybody: code and words, no stack, path or header', async t => {
  const relay = await startSourceRelay(t)
  const canary = 'canary-71aa'
  const headers = { origin, 'user-agent': canary, cookie: canary, 'x-a': canary, referer: `https://${canary}.example/` }
  const refused: [status: number, answer: Promise<Answer>][] = [
    [400, send(relay, { headers, body: canary })],
    [400, send(relay, { headers, path: `/v1/i/%zz${canary}` })],
    [401, send(relay, { headers, path: `/v1/i/${canary}`, body: canary })],
    [403, send(relay, { headers: { ...headers, origin: `https://${canary}.example` } })],
    [404, send(relay, { headers, path: `/${canary}` })],
    [404, send(relay, { headers, path: `/sdk/${canary}.js`, method: 'GET' })],
    [404, send(relay, { headers, path: '/..%2f..%2fetc/passwd', method: 'GET' })],
    [405, send(relay, { headers, method: 'DELETE' })],
    [413, send(relay, { headers, body: canary.repeat(300_000) })],
  ]
  for (const [status, asked] of refused) {
    const answer = await asked
    assert.equal(answer.status, status, JSON.stringify(answer.json))
    assert.deepEqual([Object.keys(answer.json), Object.keys(answer.json.error)], [['error'], ['code', 'message']])
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    assert.ok(!JSON.stringify([answer.json, answer.headers]).includes(canary))
    assert.doesNotMatch(answer.json.error.message, /\n|node_modules|\.[jt]s\b|[/\\]src/)
  }
})

test('metrics, readiness, live page and tokens are on the admin port alone', async t => {
  const relay = await startSourceRelay(t)
  const paths = [
    '/metrics',
    '/ready',
    '/live',
    '/live/',
    '/live/status',
    '/live/events',
    '/v1/token',
    '/',
    '/LIVE/status',
  ]
  const around = [
    '//metrics',
    '/./metrics',
    '/sdk/../metrics',
    '/sdk/%2e%2e/metrics',
    '/v1/i/../../metrics',
    '/metrics/',
  ]
  for (const path of [...paths, ...around])
    for (const method of ['GET', 'POST'])
      for (const host of ['127.0.0.1', 'localhost:9464', new URL(relay.adminUrl).host]) {
        const answer = await send(relay, { method, path, headers: { host, 'x-forwarded-port': '9464' } })
        assert.ok([404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`)
        assert.doesNotMatch(JSON.stringify(answer.json), /loki_beacon_|"ready"|<html/)
      }
  assert.match((await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })).json, /loki_beacon_/)
})
