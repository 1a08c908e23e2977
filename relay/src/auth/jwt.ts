import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import type { TokenKey } from '../tokenKeys.ts'

export interface JwtClaims {
  /** Seconds since 1970. */
  exp: number
}

export interface JwtRules {
  /** By `kid`; under `undefined` the one for tokens that name none. */
  keys: ReadonlyMap<string | undefined, TokenKey>
  audience: string
  clockToleranceS: number
  nowMs: number
}

/** A signature in any other spelling of its bytes is another text for the same token. */
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)$/
/** All that is told before the signature is known to be good. */
const foreign = 'it is not signed with a key of this app'

/** The claims of a good token, or why it is none, in words that repeat nothing of it. */
export async function verifyJwt(token: string, rules: JwtRules): Promise<JwtClaims | string> {
  const key = findKey(token, rules.keys)
  if (!key) return foreign
  try {
    const { payload } = await jwtVerify(token, key.key, {
      algorithms: [...key.algorithms],
      audience: rules.audience,
      requiredClaims: ['exp'],
      clockTolerance: rules.clockToleranceS,
      currentDate: new Date(rules.nowMs),
    })
    return { exp: payload.exp! }
  } catch (error) {
    return describe(error)
  }
}

/** The key is chosen by the exact `kid` alone: of what else the header says (`jku`, `x5u`, `jwk`) nothing is used. */
function findKey(token: string, keys: JwtRules['keys']): TokenKey | undefined {
  const signature = compact.exec(token)?.[1]
  if (signature === undefined || Buffer.from(signature, 'base64url').toString('base64url') !== signature)
    return undefined
  try {
    const { kid } = decodeProtectedHeader(token)
    return keys.get(kid)
  } catch {
    return undefined
  }
}

function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (!(error instanceof errors.JWTClaimValidationFailed)) return foreign
  const claims: Record<string, string> = {
    aud: 'its aud is not that of this app',
    exp: 'it needs an exp, in seconds',
    nbf: 'it is not valid yet',
  }
  return claims[error.claim] ?? 'one of its claims is wrong'
}

/** A token of the key's algorithm. Times are seconds since 1970. */
export async function signJwt(
  claims: { aud: string; iat: number; exp: number; sub?: string },
  { kid, key, algorithms }: TokenKey & { kid?: string },
): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: algorithms[0]!, typ: 'JWT', kid }).sign(key)
}
