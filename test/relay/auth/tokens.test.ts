import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { batchOf, origin, recordOf, type SourceRelay, send, startSourceRelay } from '../api/sourceRelay.ts'
import * as made from './tokens.ts'
import { hmac, inS, secret, type TokenParts, tokenOf } from './tokens.ts'

const logged: string[] = []
let dir: string
let relay: SourceRelay

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'loki-beacon-tokens-'))
  const file = async (name: string, text: string) => {
    await writeFile(join(dir, name), text)
    return join(dir, name)
  }
  relay = await startSourceRelay(
    undefined,
    { RELAY_KEY: '', RELAY_LOG_LEVEL: 'trace' },
    `
apps:
  - name: shop
    keys: [pk_shop]
    origins: ['${origin}']
    token:
      secretFile: ${await file('secret', `${secret}\n`)}
      keys:
        - { kid: '2026-11', secret: ${made.olderSecret} }
        - { kid: backend, publicKeyFile: ${await file('backend.pem', made.publicPem(made.backend.publicKey))} }
        - { kid: device, publicKeyFile: ${await file('device.pem', made.publicPem(made.device.publicKey))} }
  - { name: blog, keys: [pk_blog], origins: ['${origin}'], token: { secret: ${'b'.repeat(32)}, audience: blog.example } }
  - { name: soon, keys: [pk_soon], origins: ['${origin}'], token: { secret: ${secret}, audience: shop, required: false } }
  - { name: open, keys: [pk_open], origins: ['${origin}'] }`,
    { write: line => logged.push(line) },
  )
})
after(async () => {
  await relay.stop()
  await rm(dir, { recursive: true, force: true })
})

const post = (token: unknown, key = 'pk_shop') =>
  send(relay, { path: `/v1/i/${key}`, body: batchOf([recordOf(1)], { token }) })

describe('a good token lets its batch in', () => {
  const good: [what: string, parts: TokenParts, key?: string][] = [
    ['of the secret', {}],
    ['that lives 15 minutes', { claims: { exp: inS(900) } }],
    ['that has just expired, since clocks differ', { claims: { exp: inS(-10) } }],
    ['that starts in a moment, since clocks differ', { claims: { nbf: inS(10) } }],
    ['for several audiences', { claims: { aud: ['other', 'shop'] } }],
    ['with claims of its own', { claims: { sub: 'u_42', iat: inS(0), jti: 'x', roles: ['a'] } }],
    [
      'with places where keys could be fetched, which nobody asks',
      { header: { jku: 'http://127.0.0.1:1/', x5u: 'x' } },
    ],
    ['of another secret, by its kid', { header: { kid: '2026-11' }, by: hmac(made.olderSecret) }],
    ['of an Ed25519 key', { header: { kid: 'backend', alg: 'EdDSA' }, by: made.byBackend }],
    ['of an Ed25519 key, by its newer name', { header: { kid: 'backend', alg: 'Ed25519' }, by: made.byBackend }],
    ['of a P-256 key', { header: { kid: 'device', alg: 'ES256' }, by: made.byDevice }],
    ['of an app with an audience of its own', { claims: { aud: 'blog.example' }, by: hmac('b'.repeat(32)) }, 'pk_blog'],
    ['where it is not required', {}, 'pk_soon'],
  ]
  for (const [what, parts, key] of good)
    test(what, async () => {
      const { status, json } = await post(tokenOf(parts), key)
      assert.deepEqual([status, json.accepted], [202, 1])
    })

  test('an app without tokens does not look at one', async () => {
    for (const token of [undefined, 'garbage', 5]) assert.equal((await post(token, 'pk_open')).status, 202)
  })
  test('none is needed where it is not required', async () => {
    assert.equal((await post(undefined, 'pk_soon')).status, 202)
  })
})

describe('a bad token is refused, and neither log nor metrics nor the answer repeat it', () => {
  const pem = made.publicPem(made.backend.publicKey)
  const none = { by: made.unsigned }
  const bad: [what: string, token: unknown, key?: string][] = [
    ['alg none', tokenOf({ header: { alg: 'none' }, ...none })],
    ['alg None', tokenOf({ header: { alg: 'None' }, ...none })],
    ['alg nOnE with the signature of another', tokenOf({ header: { alg: 'nOnE' } })],
    ['alg none and the kid of a public key', tokenOf({ header: { alg: 'none', kid: 'backend' }, ...none })],
    ['no signature', tokenOf(none)],
    ['no alg', tokenOf({ header: { alg: undefined } })],
    ['another alg of the same secret', tokenOf({ header: { alg: 'HS512' }, by: hmac(secret, 'sha512') })],
    ['RS256 with a signature by the secret', tokenOf({ header: { alg: 'RS256' } })],
    ['HS256 with a public key as its secret', tokenOf({ header: { kid: 'backend' }, by: hmac(pem) })],
    ['HS256 with that key without its line end', tokenOf({ header: { kid: 'backend' }, by: hmac(pem.trim()) })],
    ['EdDSA with the kid of a secret', tokenOf({ header: { alg: 'EdDSA', kid: '2026-11' }, by: made.byBackend })],
    ['ES256 with the kid of an Ed25519 key', tokenOf({ header: { alg: 'ES256', kid: 'backend' }, by: made.byDevice })],
    ['another secret', tokenOf({ by: hmac('x'.repeat(32)) })],
    ['the empty secret', tokenOf({ by: hmac('') })],
    ['the secret of another kid', tokenOf({ by: hmac(made.olderSecret) })],
    ['a key that it brings along', withOwnKey()],
    ['a wrong aud', tokenOf({ claims: { aud: 'blog' } })],
    ['no aud', tokenOf({ claims: { aud: undefined } })],
    ['an aud that begins alike', tokenOf({ claims: { aud: 'shop.evil' } })],
    ['an aud of objects', tokenOf({ claims: { aud: [{ shop: 1 }] } })],
    ['no exp', tokenOf({ claims: { exp: undefined } })],
    ['an exp of text', tokenOf({ claims: { exp: String(inS(300)) } })],
    ['an exp of null', tokenOf({ claims: { exp: null } })],
    ['an exp in milliseconds', tokenOf({ claims: { exp: Date.now() + 300_000 } })],
    ['an infinite exp', infinite()],
    ['an exp 16 minutes ahead', tokenOf({ claims: { exp: inS(960) } })],
    ['an exp a minute ago', tokenOf({ claims: { exp: inS(-60) } })],
    ['an nbf in a minute', tokenOf({ claims: { nbf: inS(60) } })],
    ['an nbf of text', tokenOf({ claims: { nbf: 'now' } })],
    ['an unknown kid', tokenOf({ header: { kid: '2026-12' } })],
    ['the kid __proto__', tokenOf({ header: { kid: '__proto__' } })],
    ['the kid constructor', tokenOf({ header: { kid: 'constructor' } })],
    ['a path as kid', tokenOf({ header: { kid: '../../../../dev/null' }, by: hmac('') })],
    ['an address as kid', tokenOf({ header: { kid: 'http://127.0.0.1/key' } })],
    ['SQL as kid', tokenOf({ header: { kid: "' or 1=1 --" } })],
    ['an empty kid', tokenOf({ header: { kid: '' } })],
    ['a kid of null', tokenOf({ header: { kid: null } })],
    ['a list as kid', tokenOf({ header: { kid: ['2026-11'] }, by: hmac(made.olderSecret) })],
    ['a critical header that nobody knows', tokenOf({ header: { crit: ['canary'], canary: true } })],
    ['an unencoded payload', tokenOf({ header: { crit: ['b64'], b64: false } })],
    ['a token of another app', tokenOf({ claims: { aud: 'blog.example' }, by: hmac('b'.repeat(32)) })],
    ['a token for another app', tokenOf(), 'pk_blog'],
    ['a wrong one where none is required', tokenOf({ claims: { aud: 'blog' } }), 'pk_soon'],
    ['garbage', 'canary'],
    ['two dots', '..'],
    ['four parts', `${tokenOf()}.canary`],
    ['five parts, as of an encrypted one', 'a.b.c.d.e'],
    ['no base64', tokenOf().replace('.', '!.')],
    ['a padded signature', `${tokenOf()}=`],
    ['a line end after it', `${tokenOf()}\n`],
    ['a bearer prefix', `Bearer ${tokenOf()}`],
    ['an empty text', ''],
    ['a number', 5],
    ['null', null],
    ['an object', { token: tokenOf() }],
    ['a list', [tokenOf()]],
    ['one of 5,000 characters', tokenOf({ claims: { pad: 'x'.repeat(3500) } })],
    ['one of 100 KB', tokenOf({ claims: { pad: 'x'.repeat(75_000) } })],
    ['100 KB of garbage', 'canary'.repeat(17_000)],
    ['100 KB of dots', '.'.repeat(100_000)],
  ]
  for (const [what, token, key] of bad)
    test(what, async () => {
      const { status, json } = await post(token, key)
      assert.deepEqual([status, json.error?.code], [401, 'token_invalid'])
      assertSilent(json, token)
    })

  test('none at all is told apart from a bad one', async () => {
    const { status, json } = await post(undefined)
    assert.deepEqual([status, json.error.code], [401, 'token_required'])
  })

  test('a first line that is too long for another reason is no question of the token', async () => {
    const context = { url: 'x'.repeat(70_000) }
    const { json } = await send(relay, { body: batchOf([recordOf(1)], { token: tokenOf(), context }) })
    assert.equal(json.error.code, 'invalid_batch')
  })

  test('what is wrong with a claim is told only to who has signed it', async () => {
    const told = async (parts: TokenParts) => (await post(tokenOf(parts))).json.error.message as string
    const expired = { claims: { exp: inS(-60) } }
    assert.match(await told(expired), /it has expired/)
    assert.match(await told({ ...expired, by: hmac('x'.repeat(32)) }), /not signed with a key of this app/)
  })

  test('the operator sees them counted and listed by their code', async () => {
    const metrics = await send({ url: relay.adminUrl }, { method: 'GET', path: '/metrics' })
    assert.match(metrics.json, /requests_total\{route="ingest",status="401",error="token_invalid"\} \d/)
    const live = await send({ url: relay.adminUrl }, { method: 'GET', path: '/live/status' })
    assert.ok(live.json.refusals.some(({ code }: { code: string }) => code === 'token_invalid'))
    const silence = [metrics.json, JSON.stringify(live.json), logged.join('')]
    for (const text of silence) {
      assert.doesNotMatch(text, /canary|secret|ey[A-Za-z0-9]{8}/)
      for (const [, token] of bad)
        for (const part of String(token).split('.')) assert.ok(part.length < 20 || !text.includes(part), part)
    }
    assert.match(logged.join(''), /batch stored/)
  })
})

test('a refused batch leaves nothing behind, and is stored once when it comes with a good token', async () => {
  const records = [recordOf(1), recordOf(2)]
  const header = { batch: 'batch-that-comes-twice', context: { page: 'page-x' } }
  for (const [token, status] of [
    [undefined, 401],
    [tokenOf({ claims: { exp: inS(-60) } }), 401],
    [tokenOf(), 202],
  ] as const) {
    const answer = await send(relay, { body: batchOf(records, { ...header, token }) })
    assert.equal(answer.status, status)
    if (status === 202) assert.deepEqual([answer.json.accepted, answer.json.duplicate], [2, 0])
  }
})

test('the token is checked before the records are looked at', async () => {
  const body = batchOf(Array(10_050).fill('not json'), { token: 'canary' })
  assert.equal((await send(relay, { body })).json.error.code, 'token_invalid')
})

test('no change of a good token makes another one', async () => {
  const tokens = [
    tokenOf({ claims: { exp: inS(600) } }),
    tokenOf({ header: { kid: 'backend', alg: 'EdDSA' }, claims: { exp: inS(600) }, by: made.byBackend }),
    tokenOf({ header: { kid: 'device', alg: 'ES256' }, claims: { exp: inS(600) }, by: made.byDevice }),
  ]
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \t\r\n\u0000ä'
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    remove: fc.nat(3),
    insert: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...tokens),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      async (token, changes) => {
        let changed = token
        for (const { at, remove, insert } of changes) {
          // The last characters too: some of their bits stand for nothing.
          const from = Math.min(changed.length, Math.round(at * (changed.length + 1)))
          changed = changed.slice(0, from) + insert + changed.slice(from + remove)
        }
        fc.pre(changed !== token)
        assert.equal((await post(changed)).json.error?.code, 'token_invalid')
      },
    ),
    { numRuns: 1000 },
  )
  for (const token of tokens)
    for (const letter of alphabet) {
      const changed = token.slice(0, -1) + letter
      if (changed !== token) assert.equal((await post(changed)).json.error?.code, 'token_invalid', letter)
    }
})

/** A token can name the key it is signed with: https://www.rfc-editor.org/rfc/rfc8725#section-3.10 */
function withOwnKey(): string {
  const own = made.device.publicKey.export({ format: 'jwk' })
  return tokenOf({ header: { alg: 'ES256', jwk: own }, by: made.byDevice })
}

/** JSON has no Infinity, but 1e999 is read as one. */
function infinite(): string {
  const part = (text: string) => Buffer.from(text).toString('base64url')
  const signed = `${part('{"alg":"HS256"}')}.${part('{"aud":"shop","exp":1e999}')}`
  return `${signed}.${hmac(secret)(signed).toString('base64url')}`
}

function assertSilent(answer: unknown, token: unknown): void {
  const text = JSON.stringify(answer)
  if (typeof token === 'string' && token.length > 6) assert.ok(!text.includes(token.slice(0, 20)))
  assert.doesNotMatch(text, /canary|node_modules/)
}
