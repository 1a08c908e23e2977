import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { tempDir } from '../../support/tempDir.ts'
import { backend, publicPem } from '../auth/tokens.ts'
import { type Answer, batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from './sourceRelay.ts'

const secrets = { only: 'canary-only-secret-0123456789-0123456789', newer: 'canary-newer-secret-0123456789-0123456' }
const json = { 'content-type': 'application/json' }
const logged: string[] = []
let relay: SourceRelay

before(async () => {
  relay = await startSourceRelay(
    undefined,
    { RELAY_KEY: '', RELAY_LOG_LEVEL: 'trace' },
    `
apps:
  - { name: shop, keys: [pk_shop], origins: ['${origin}'], token: { secret: ${secrets.only} } }
  - name: blog
    keys: [pk_blog]
    origins: ['${origin}']
    token: { secret: ${secrets.only}, audience: blog.example, keys: [{ kid: '2', secret: ${secrets.newer} }, { kid: '1', secret: ${secrets.only} }] }
  - { name: open, keys: [pk_open], origins: ['${origin}'] }`,
    { write: line => logged.push(line) },
  )
})
after(() => relay.stop())

const ask = (body: unknown, headers: Record<string, string> = json, to = relay.adminUrl) =>
  send({ url: to }, { path: '/v1/token', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
const show = (token: string, key = 'pk_shop') =>
  send(relay, { path: `/v1/i/${key}`, body: batchOf([recordOf(1)], { token }) })
const claimsOf = (token: string, part = 1) => JSON.parse(Buffer.from(token.split('.')[part]!, 'base64url').toString())

describe('POST /v1/token of the admin port', () => {
  test('makes a token that lets a batch of the app in, and of no other app', async () => {
    const { status, headers, json } = await ask({ app: 'shop' })
    assert.deepEqual([status, headers['cache-control'], Object.keys(json)], [200, 'no-store', ['token', 'expiresAtMs']])
    assert.equal((await show(json.token)).status, 202)
    assert.equal((await show(json.token, 'pk_blog')).json.error.code, 'token_invalid')
    const { aud, iat, exp, ...rest } = claimsOf(json.token)
    assert.deepEqual([aud, exp - iat, exp * 1000, rest], ['shop', 900, json.expiresAtMs, {}])
    assert.ok(Math.abs(iat - Date.now() / 1000) < 5)
  })

  test('with the subject and the lifetime that are asked for', async () => {
    const { json } = await ask({ app: 'shop', subject: 'u_42', expiresInS: 60 })
    const { sub, iat, exp } = claimsOf(json.token)
    assert.deepEqual([sub, exp - iat], ['u_42', 60])
    assert.equal((await show(json.token)).status, 202)
  })

  test('signs with the first of several secrets, and says its kid', async () => {
    const { json } = await ask({ app: 'blog' })
    assert.deepEqual(claimsOf(json.token, 0), { alg: 'HS256', typ: 'JWT', kid: '2' })
    assert.equal(claimsOf(json.token).aud, 'blog.example')
    assert.equal((await show(json.token, 'pk_blog')).status, 202)
  })

  const refused: [what: string, get: () => Promise<Answer>, status: number, code: string, says?: RegExp][] = [
    ['an unknown app', () => ask({ app: 'other' }), 404, 'unknown_app'],
    ['__proto__', () => ask('{"app":"__proto__"}'), 404, 'unknown_app'],
    ['an app without tokens', () => ask({ app: 'open' }), 409, 'token_not_configured', /set apps\[\]\.token/],
    ['no app', () => ask({}), 400, 'bad_request', /application\/json: \{"app":/],
    ['nothing', () => ask('', {}), 400, 'bad_request'],
    ['a form', () => ask('app=shop', { 'content-type': 'application/x-www-form-urlencoded' }), 400, 'bad_request'],
    ['text', () => ask({ app: 'shop' }, { 'content-type': 'text/plain' }), 400, 'bad_request'],
    ['no JSON', () => ask('{"app":canary'), 400, 'bad_request'],
    ['a list', () => ask(['shop']), 400, 'bad_request'],
    ['a number', () => ask('5'), 400, 'bad_request'],
    ['an app of a wrong type', () => ask({ app: { name: 'shop' } }), 400, 'bad_request'],
    ['a subject that is too long', () => ask({ app: 'shop', subject: 'x'.repeat(201) }), 400, 'bad_request'],
    ['more than 15 minutes', () => ask({ app: 'shop', expiresInS: 901 }), 400, 'bad_request'],
    ['no time at all', () => ask({ app: 'shop', expiresInS: 0 }), 400, 'bad_request'],
    ['half seconds', () => ask({ app: 'shop', expiresInS: 1.5 }), 400, 'bad_request'],
    ['what it does not know', () => ask({ app: 'shop', audience: 'blog' }), 400, 'bad_request'],
    ['more than 4 KB', () => ask({ app: 'shop', subject: 'x'.repeat(5000) }), 413, 'too_large'],
    ['a page', () => ask({ app: 'shop' }, { ...json, origin }), 403, 'origin_not_allowed', /for backends/],
    ['a page without a name', () => ask({ app: 'shop' }, { ...json, origin: 'null' }), 403, 'origin_not_allowed'],
    ['a GET', () => send({ url: relay.adminUrl }, { method: 'GET', path: '/v1/token' }), 405, 'method_not_allowed'],
    ['the public port', () => ask({ app: 'shop' }, json, relay.url), 404, 'not_found'],
    ['an unknown charset', () => ask({}, { 'content-type': 'application/json; charset=x' }), 400, 'bad_request'],
    [
      'a compressed body',
      () =>
        send(
          { url: relay.adminUrl },
          { path: '/v1/token', headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync('{"app":"shop"}') },
        ),
      400,
      'bad_request',
    ],
  ]
  for (const [what, get, status, code, says = /./] of refused)
    test(`refuses ${what}: ${status} ${code}`, async () => {
      const answer = await get()
      assert.deepEqual([answer.status, answer.json.error?.code], [status, code])
      assert.match(answer.json.error.message, says)
      assert.doesNotMatch(JSON.stringify(answer.json), /canary/)
    })

  test('is counted, and neither log nor metrics hold a token, a secret or a subject', async () => {
    const { json } = await ask({ app: 'shop', subject: 'canary-subject' })
    const metrics = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
    assert.match(metrics.json, /requests_total\{route="token",status="200",error=""\} \d/)
    for (const text of [metrics.json, logged.join('')]) {
      assert.doesNotMatch(text, /canary/)
      for (const part of json.token.split('.')) assert.ok(!text.includes(part))
    }
  })
})

test('an app with public keys alone signs for itself, and is told so', async t => {
  const file = join(await tempDir(t), 'public.pem')
  await writeFile(file, publicPem(backend.publicKey))
  const app = `{ name: keys, keys: [pk_keys], origins: ['*'], token: { keys: [{ kid: a, publicKeyFile: ${file} }] } }`
  const own = await startSourceRelay(t, {}, `apps: [${app}]`)
  const answer = await ask({ app: 'keys' }, json, own.adminUrl)
  assert.deepEqual([answer.status, answer.json.error.code], [409, 'token_not_configured'])
  assert.match(answer.json.error.message, /sign with the private one/)
})
