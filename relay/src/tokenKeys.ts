import { createPublicKey, createSecretKey, type webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { isSecret, maxSecretBytes, secretHint, type token } from './tokenSchema.ts'
import { unreadable } from './unreadable.ts'

/** What an app's tokens are checked against. */
export interface TokenConfig {
  /** Without it, a token is checked where a page sends one. */
  required: boolean
  audience: string
  /** By `kid`, in the order of the configuration; under `undefined` the one of tokens that name none. */
  keys: ReadonlyMap<string | undefined, TokenKey>
}

export interface TokenKey {
  /** The only ones it is used with, whatever a token says. */
  algorithms: readonly string[]
  /** Can't be exported, so that no log or message can show it. */
  key: webcrypto.CryptoKey
}

type RawToken = NonNullable<z.infer<typeof token>>
type RawKey = RawToken['keys'][number]
type Problem = (path: PropertyKey[], text: string) => void

/** Reads the files that hold keys. Tells what can't be used, never what is in it. */
export function readTokenConfig(given: RawToken, appName: string, problem: Problem): TokenConfig {
  const { required, audience = appName, secret, secretFile } = given
  const keys = new Map<string | undefined, TokenKey>()
  for (const [i, item] of given.keys.entries()) {
    if (keys.has(item.kid)) problem(['keys', i, 'kid'], 'is that of an earlier key: each needs its own')
    const key = readKey(item, (path, text) => problem(['keys', i, ...path], text))
    if (key) keys.set(item.kid, key)
  }
  const unnamed = secret !== undefined || secretFile !== undefined
  const key = unnamed && readKey({ secret, secretFile }, problem)
  if (key) keys.set(undefined, key)
  if (!unnamed && given.keys.length === 0)
    problem([], `needs a key to check tokens with: set secret or secretFile to ${secretHint}, or list keys`)
  return { required, audience, keys }
}

/** Where its keys are read from: each may be replaced while the relay runs. */
export function tokenFiles({ keys, ...token }: RawToken): string[] {
  return [token, ...keys].flatMap(({ secretFile, publicKeyFile }: Partial<RawKey>) =>
    [secretFile, publicKeyFile].flatMap(file => file ?? []),
  )
}

function readKey(given: Omit<RawKey, 'kid'>, problem: Problem): TokenKey | undefined {
  const { secret, secretFile, publicKeyFile } = given
  const count = [secret, secretFile, publicKeyFile].filter(value => value !== undefined).length
  if (count !== 1) {
    problem([], `has ${count === 0 ? 'no key' : 'several'}: set one of secret, secretFile and publicKeyFile`)
    return undefined
  }
  if (publicKeyFile !== undefined) {
    const say = (text: string) => problem(['publicKeyFile'], `names ${publicKeyFile}, which ${text}`)
    return toPublicKey(readFile(publicKeyFile, say), say)
  }
  if (secret !== undefined) return toSecretKey(secret)
  const say = (text: string) => problem(['secretFile'], `names ${secretFile}, which ${text}`)
  const value = readFile(secretFile!, say)?.trim()
  if (value === undefined || isSecret(value)) return value === undefined ? undefined : toSecretKey(value)
  say(`does not hold a secret of ${secretHint}, and ${maxSecretBytes} at most`)
  return undefined
}

function readFile(path: string, say: (text: string) => void): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    say(unreadable(error))
    return undefined
  }
}

function toSecretKey(secret: string): TokenKey {
  const key = createSecretKey(Buffer.from(secret))
  return {
    algorithms: ['HS256'],
    key: key.toCryptoKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']),
  }
}

function toPublicKey(pem: string | undefined, say: (text: string) => void): TokenKey | undefined {
  if (pem === undefined) return undefined
  if (!/-----BEGIN PUBLIC KEY-----/.test(pem) || pem.includes('PRIVATE')) {
    say('must hold a public key alone, as `openssl pkey -pubout` prints it')
    return undefined
  }
  try {
    const key = createPublicKey(pem)
    // RFC 9864 gives EdDSA with this curve a name of its own: https://www.rfc-editor.org/rfc/rfc9864
    if (key.asymmetricKeyType === 'ed25519')
      return { algorithms: ['EdDSA', 'Ed25519'], key: key.toCryptoKey('Ed25519', false, ['verify']) }
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1')
      return {
        algorithms: ['ES256'],
        key: key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']),
      }
  } catch {
    // Not a key at all: the same words mend it.
  }
  say('must hold a public key of type Ed25519 or P-256')
  return undefined
}
