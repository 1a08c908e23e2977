import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../support/waitFor.ts'
import { batchOf, origin, recordOf, send, startSourceRelay } from '../api/sourceRelay.ts'
import { startShippingRelay } from './shippingRelay.ts'

test('addresses in a payload, a token or a header are never looked up or connected to: Loki is the only peer', async t => {
  const secret = 's'.repeat(32)
  const { relay, loki, stored } = await startShippingRelay(t, { RELAY_TOKEN_SECRET: secret })
  const seen = watchNetwork(t)
  const bait = 'http://169.254.169.254/latest/meta-data'
  const text = `${bait} \${jndi:ldap://bait.example/a} //# sourceMappingURL=http://bait.example/a.js.map`
  const error = { type: 'E', message: text, stack: `E: ${text}\n    at f (${bait}/a.js:1:1)`, frames: [{ url: bait }] }
  const record = recordOf(1, { message: text, error, attributes: { url: bait, dsn: bait, endpoint: bait } })
  const context = { page: 'p1', url: bait, referrer: bait }
  const headers = {
    origin,
    referer: bait,
    host: 'bait.example',
    forwarded: 'for=bait.example',
    'x-forwarded-host': 'bait.example',
  }

  const keyOf = { alg: 'HS256', jku: bait, x5u: bait, kid: bait, jwk: { kty: 'oct', k: 'a' } }
  const token = [keyOf, { aud: 'shop', iss: bait, exp: Date.now() / 1000 + 60 }]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const refused = await send(relay, { headers, body: batchOf([record], { context, token: `${token}.c2lnbmF0dXJl` }) })
  assert.equal(refused.json.error?.code, 'token_invalid')

  const ask = { path: '/v1/token', headers: { 'content-type': 'application/json' }, body: '{"app":"shop"}' }
  const good = await send({ url: relay.adminUrl }, ask)
  const taken = await send(relay, { headers, body: batchOf([record], { context, token: good.json.token }) })
  assert.deepEqual([taken.status, taken.json.accepted], [202, 1])
  await stored(1)

  const ours = [relay.url, relay.adminUrl, loki.url].map(url => new URL(url).host)
  assert.deepEqual([...seen.peers].sort(), ours.sort())
  assert.deepEqual(seen.lookups, [])
})

test('a redirect by Loki is not followed, and nothing of the credentials goes there', async t => {
  const bait = await serve(t, (_req, res) => res.writeHead(204).end())
  const elsewhere = await serve(t, (_req, res) =>
    res.writeHead(307, { Location: `${bait.url}/loki/api/v1/push` }).end(),
  )
  const relay = await startSourceRelay(t, {
    LOKI_ENDPOINT: elsewhere.url,
    LOKI_AUTH_TOKEN: 'canary',
    LOKI_FLUSH_INTERVAL: '20ms',
  })
  assert.equal((await send(relay, { body: batchOf([recordOf(1)]) })).status, 202)
  await waitFor(() => elsewhere.requests() > 0, { timeoutMs: 5000, what: 'a push' })
  await sleep(500)
  assert.equal(bait.requests(), 0)
})

async function serve(t: TestContext, answer: RequestListener): Promise<{ url: string; requests(): number }> {
  let requests = 0
  const server = createServer((req, res) => {
    requests++
    answer(req, res)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

/** Where this process, which the relay runs in, connects to, and how it asks for addresses of names. */
function watchNetwork(t: { after(end: () => void): void }): { peers: Set<string>; lookups: string[] } {
  const peers = new Set<string>()
  const noteSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => peers.add(`${socket.remoteAddress}:${socket.remotePort}`))
    socket.once('error', error => peers.add(String(error)))
  }
  subscribe('net.client.socket', noteSocket)
  const lookups: string[] = []
  const hook = createHook({
    init(_id, type) {
      if (/^(GETADDRINFO|GETNAMEINFO|QUERY)/.test(type)) lookups.push(type)
    },
  }).enable()
  t.after(() => {
    unsubscribe('net.client.socket', noteSocket)
    hook.disable()
  })
  return { peers, lookups }
}
