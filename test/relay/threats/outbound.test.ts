import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { batchOf, origin, recordOf, send } from '../api/sourceRelay.ts'
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
