import type { AppConfig } from '../config.ts'
import { RelayError } from '../errors.ts'
import type { TokenKey } from '../tokenKeys.ts'
import { maxTokenLifetimeS } from './checkToken.ts'
import { signJwt } from './jwt.ts'

export interface TokenRequest {
  /** The app's name. */
  app: string
  /** Becomes `sub`: whom your backend gives it to. */
  subject?: string
  /** In seconds. @defaultValue 900, which is the most */
  expiresInS?: number
}

export interface MintedToken {
  token: string
  expiresAtMs: number
}

/** Makes tokens for backends without a library for it. Rejects for an app that it can't sign for. */
export function createMintToken(
  apps: () => readonly AppConfig[],
  nowMs: () => number,
): (request: TokenRequest) => Promise<MintedToken> {
  return async ({ app: name, subject, expiresInS = maxTokenLifetimeS }) => {
    const app = apps().find(app => app.name === name)
    if (!app) throw new RelayError('unknown_app')
    if (!app.token) throw new RelayError('token_not_configured', { detail: 'set apps[].token.secretFile' })
    const signer = [...app.token.keys].find(([, { key }]) => key.usages.includes('sign'))
    if (!signer)
      throw new RelayError('token_not_configured', { detail: 'it has public keys alone: sign with the private one' })
    const iat = Math.floor(nowMs() / 1000)
    const exp = iat + Math.min(expiresInS, maxTokenLifetimeS)
    const token = await signJwt({ aud: app.token.audience, iat, exp, sub: subject }, withKid(signer))
    return { token, expiresAtMs: exp * 1000 }
  }
}

function withKid([kid, key]: [string | undefined, TokenKey]): TokenKey & { kid?: string } {
  return { ...key, kid }
}
