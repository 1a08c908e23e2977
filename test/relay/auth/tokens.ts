import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Tokens written by hand: a library would refuse to make the bad ones. */
export const secret = 'canary-secret-of-the-tests-0123456789'
export const olderSecret = 'canary-older-secret-of-the-tests-012345'
export const backend = generateKeyPairSync('ed25519')
export const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const publicPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

export const inS = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

export interface TokenParts {
  header?: object
  claims?: object
  /** Signs the first two parts, joined by a dot. */
  by?: (signed: string) => Buffer
}

/** A good token of the app `shop` unless told otherwise. */
export function tokenOf({ header = {}, claims = {}, by = hmac(secret) }: TokenParts = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part({ aud: 'shop', exp: inS(300), sub: 'canary', ...claims })}`
  return `${signed}.${by(signed).toString('base64url')}`
}

export const hmac =
  (key: string, digest = 'sha256') =>
  (signed: string) =>
    createHmac(digest, key).update(signed).digest()
export const byBackend = (signed: string) => sign(null, Buffer.from(signed), backend.privateKey)
export const byDevice = (signed: string) =>
  sign('sha256', Buffer.from(signed), { key: device.privateKey, dsaEncoding: 'ieee-p1363' })
export const unsigned = () => Buffer.alloc(0)
