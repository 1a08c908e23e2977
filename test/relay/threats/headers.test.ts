import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { batchOf, origin, recordOf, send, startSourceRelay } from '../api/sourceRelay.ts'
import { rawRequest } from './rawRequest.ts'

const head = `POST /v1/i/pk_shop HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nContent-Length: 0\r\n`

test('headers above 16 KB: 431, and the connection is closed; the cookies of a site, 9 KB of them, are let by', async t => {
  const relay = await startSourceRelay(t)
  const tooLarge = await rawRequest(relay.port, `${head}Cookie: a=${'b'.repeat(17_000)}\r\n\r\n`)
  assert.deepEqual([tooLarge.statuses, tooLarge.closed], [[431], true])
  const cookies = { origin, cookie: `a=${'b'.repeat(9000)}` }
  assert.equal((await send(relay, { body: batchOf([recordOf(1)]), headers: cookies })).status, 202)
})

test('2,000 headers, or 65: 431, and the connection is closed; 64 are let by', async t => {
  const relay = await startSourceRelay(t)
  const withHeaders = (count: number) => `${head}${'a:b\r\n'.repeat(count - 3)}\r\n`
  for (const count of [2000, 65]) {
    const { statuses, closed } = await rawRequest(relay.port, withHeaders(count))
    assert.deepEqual([statuses, closed], [[431], true], `${count}`)
  }
  assert.deepEqual((await rawRequest(relay.port, withHeaders(64), 300)).statuses, [400])
})

test('a caller can not fill up the headers until the address that a proxy adds is left out', async t => {
  const apps = `{ name: strict, keys: [pk_strict], origins: ['*'], limits: { perClient: { requestsPerSecond: 1 } } }`
  const relay = await startSourceRelay(t, { RELAY_TRUST_PROXY: '1' }, `apps: [${apps}]`)
  const proxy = await startAppendingProxy(t, relay.port)
  const filled = Object.fromEntries(Array.from({ length: 61 }, (_, i) => [`x-${i}`, 'a']))
  const statuses: number[] = []
  for (let i = 0; i < 20; i++) {
    const sending = { path: '/v1/i/pk_strict', body: batchOf([recordOf(1)]), headers: filled }
    statuses.push((await send({ url: proxy }, sending)).status)
  }
  assert.ok(!statuses.includes(202), `passed without an address: ${statuses}`)
})

/** Hands a request on and adds the address of its client behind all other headers, as many proxies do. */
async function startAppendingProxy(t: TestContext, port: number): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const headers = [...incoming.rawHeaders, 'X-Forwarded-For', '203.0.113.7']
    const passed = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 0)
        answer.pipe(outgoing)
      },
    )
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
