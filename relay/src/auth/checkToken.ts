import type { AppConfig } from '../config.ts'
import { RelayError } from '../errors.ts'
import { verifyJwt } from './jwt.ts'

/** A token of this kind has some 200 characters; what is longer is not looked at. */
export const maxTokenChars = 4096
/** So a stolen one is of little use, and none has to be revoked. */
export const maxTokenLifetimeS = 15 * 60
/** How far the clocks of relay and backend may be apart. */
export const clockToleranceS = 30

/** Nothing for an app that wants no tokens. Otherwise resolves for a good one, and rejects with the refusal. */
export async function checkToken({ token: config }: AppConfig, token: unknown, nowMs: number): Promise<void> {
  if (!config) return
  if (token === undefined) {
    if (config.required) throw new RelayError('token_required')
    return
  }
  if (typeof token !== 'string') throw refuse('it is no text')
  if (token.length > maxTokenChars) throw refuse(`it is longer than ${maxTokenChars} characters`)
  const { keys, audience } = config
  const claims = await verifyJwt(token, { keys, audience, clockToleranceS, nowMs })
  if (typeof claims === 'string') throw refuse(claims)
  const lifetimeS = claims.exp - nowMs / 1000
  if (!(lifetimeS <= maxTokenLifetimeS + clockToleranceS))
    throw refuse(`its exp is more than ${maxTokenLifetimeS / 60} minutes ahead`)
}

function refuse(detail: string): RelayError {
  return new RelayError('token_invalid', { detail })
}
