import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { batchOf, origin, recordOf, type Sending, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

describe('who may send, and what the page of another origin gets to read', () => {
  const cases: [what: string, sending: Sending, status: number, code?: string, allowOrigin?: string][] = [
    ['a known key and its origin', {}, 202, undefined, origin],
    ['a subdomain', { headers: { origin: 'https://www.shop.example' } }, 202, undefined, 'https://www.shop.example'],
    ['an origin in capitals', { headers: { origin: 'HTTPS://SHOP.example' } }, 202, undefined, 'HTTPS://SHOP.example'],
    ['an unknown key', { path: '/v1/i/pk_other' }, 401, 'unknown_key', origin],
    [
      'an unknown key from nowhere',
      { path: '/v1/i/pk_other', headers: { origin: 'https://evil.io' } },
      401,
      'unknown_key',
    ],
    ['another origin', { headers: { origin: 'https://evil.io' } }, 403, 'origin_not_allowed'],
    ['an origin that ends alike', { headers: { origin: 'https://shop.example.evil.io' } }, 403, 'origin_not_allowed'],
    ['the null origin', { headers: { origin: 'null' } }, 403, 'origin_not_allowed'],
    ['no origin', { headers: {} }, 403, 'origin_not_allowed'],
    [
      'a cookie and a tenant header, which are nobody here',
      { headers: { origin, cookie: 'a=b', 'x-scope-orgid': 'other', authorization: 'x' } },
      202,
      undefined,
      origin,
    ],
    ['a wrong method', { method: 'GET' }, 405, 'method_not_allowed', origin],
    ['garbage', { body: 'garbage' }, 400, 'invalid_batch', origin],
    ['a key of 10,000 characters', { path: `/v1/i/${'k'.repeat(10_000)}` }, 401, 'unknown_key', origin],
    ['a broken escape in the key', { path: '/v1/i/%E0%A4%A' }, 400, 'bad_request', '*'],
    ['no key', { path: '/v1/i/' }, 404, 'not_found', '*'],
    ['another path', { path: '/v1/nothing' }, 404, 'not_found', '*'],
  ]
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())
  for (const [what, sending, status, code, allowOrigin] of cases)
    test(`${what}: ${status} ${code ?? ''}`, async () => {
      const body = sending.method === 'GET' ? undefined : batchOf([recordOf(1)])
      const answer = await send(relay, { body, ...sending })
      assert.equal(answer.status, status)
      assert.equal(answer.json.error?.code, code)
      assert.equal(answer.headers['access-control-allow-origin'], allowOrigin)
      assert.equal(answer.headers['access-control-allow-credentials'], undefined)
      if (sending.path === undefined) {
        assert.equal(answer.headers.vary, 'Origin')
        assert.equal(answer.headers['access-control-expose-headers'], 'Retry-After')
      }
      assert.equal(answer.headers['x-powered-by'], undefined)
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    })

  test('a preflight is answered for two hours where the origin is allowed', async () => {
    const answer = await send(relay, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers['access-control-allow-origin'], origin)
    assert.equal(answer.headers['access-control-allow-methods'], 'POST')
    assert.equal(answer.headers['access-control-max-age'], '7200')
  })
  test('and refused where it is not', async () => {
    const answer = await send(relay, { method: 'OPTIONS', headers: { origin: 'https://evil.io' } })
    assert.equal(answer.status, 403)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  })

  test('nothing of the admin port is on the public one', async () => {
    for (const path of ['/metrics', '/ready', '/live', '/live/status', '/'])
      assert.equal((await send(relay, { method: 'GET', path })).status, 404)
    for (const path of ['/metrics', '/ready', '/live/status'])
      assert.equal((await send({ url: relay.adminUrl }, { method: 'GET', path })).status, 200, path)
  })

  test('who was turned away is shown to the operator', async () => {
    const { json } = await send({ url: relay.adminUrl }, { method: 'GET', path: '/live/status' })
    assert.ok(
      json.refusals.some(
        (refusal: { code: string; origin?: string }) =>
          refusal.code === 'origin_not_allowed' && refusal.origin === 'https://evil.io',
      ),
    )
  })
})

test('a star lets any origin in, and callers without one', async t => {
  const relay = await startSourceRelay(t, { RELAY_ORIGINS: '*' })
  const callers: Record<string, string>[] = [{}, { origin: 'https://anything.example' }]
  for (const headers of callers)
    assert.equal((await send(relay, { headers, body: batchOf([recordOf(1)]) })).status, 202)
})

describe('whoever may not send is answered before a byte of the body is asked for', () => {
  const head = (path: string, from: string, more = '') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nOrigin: ${from}\r\n${more}\r\n`
  const cases: [string, string, RegExp][] = [
    ['an unknown key', head('/v1/i/pk_other', origin, 'Content-Length: 1000000\r\n'), /^HTTP\/1\.1 401 /],
    ['another origin', head('/v1/i/pk_shop', 'https://evil.io', 'Content-Length: 1000000\r\n'), /^HTTP\/1\.1 403 /],
    [
      'an unknown key that waits for leave',
      head('/v1/i/pk_other', origin, 'Content-Length: 5\r\nExpect: 100-continue\r\n'),
      /^HTTP\/1\.1 401 /,
    ],
    ['a length above the bound', head('/v1/i/pk_shop', origin, 'Content-Length: 104857600\r\n'), /^HTTP\/1\.1 413 /],
  ]
  for (const [what, request, pattern] of cases)
    test(what, async t => {
      const relay = await startSourceRelay(t)
      const { socket, text } = await rawSocket(t, relay, request)
      await sleep(300)
      assert.match(text(), pattern)
      assert.match(text(), /"error":\{"code":/)
      socket.destroy()
    })

  test('who may send and waits for leave has it', async t => {
    const relay = await startSourceRelay(t)
    const body = batchOf([recordOf(1)])
    const { socket, text } = await rawSocket(
      t,
      relay,
      head('/v1/i/pk_shop', origin, `Content-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n`),
    )
    await sleep(200)
    assert.match(text(), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    socket.write(body)
    await sleep(300)
    assert.match(text(), /HTTP\/1\.1 202 /)
  })

  test('a refused connection whose body never comes is closed', async t => {
    const relay = await startSourceRelay(t)
    const { closed } = await rawSocket(t, relay, head('/v1/i/pk_other', origin, 'Content-Length: 1000000\r\n'))
    const startMs = Date.now()
    await closed
    assert.ok(Date.now() - startMs < 8000)
  })

  test('headers above 16 KB are refused with 431', async t => {
    const relay = await startSourceRelay(t)
    const { text, closed } = await rawSocket(t, relay, head('/v1/i/pk_shop', origin, `X-A: ${'a'.repeat(17_000)}\r\n`))
    await closed
    assert.match(text(), /^HTTP\/1\.1 431 /)
  })

  test('length and chunks together, and other ways to smuggle a request, are refused', async t => {
    const relay = await startSourceRelay(t)
    const smuggled = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'
    for (const more of [
      smuggled,
      'Transfer-Encoding: xchunked\r\n',
      'Content-Length: 1\r\nContent-Length: 2\r\n',
      'Content-Length: -1\r\n',
    ]) {
      const { text, closed } = await rawSocket(t, relay, `${head('/v1/i/pk_shop', origin, more)}0\r\n\r\n`)
      await closed
      assert.match(text(), /^HTTP\/1\.1 400 /, more)
    }
  })
})

async function rawSocket(t: TestContext, relay: SourceRelay, request: string) {
  const socket: Socket = connect(relay.port, '127.0.0.1')
  t.after(() => socket.destroy())
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  // A reset after the answer is one of the ways to close.
  socket.on('error', () => undefined)
  socket.write(request)
  return { socket, text: () => received, closed }
}
