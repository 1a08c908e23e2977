import type { Matcher } from '../config.ts'

/** In the words of a key, such as `x api key` for `X-Api-Key`; they may be numbered, such as `password2`. */
const secret =
  /\b(\w*(password|passwd|passphrase|passcode|secret|token|api ?key|cookie|credential)s?|pwd|pass(?=\d*$)|auth(orization|entication)?|jwt|bearer|t?otp|cv[vc]|[cx]srf|ssn|iban|pin|sid|(access|private|secret|signing|encryption|session) ?keys?|credit ?card|card ?number|\w*sess(ion)? ?id)\d*\b/
/** A count or a kind of a secret is none: `tokenCount`, `token_type`, `password_length`. */
const harmless =
  /\b(counts?|length|size|types?|limits?|total|usage|used|expires|expiry|expiration|strength|valid|required|enabled|status|method)$/

/** A number under such a key tells how many there are: `maxTokens: 512`, `{ pass: 12, fail: 1 }`. */
export const counted = /(tokens|pass)$/i

/** Tells the keys whose value is secret, whatever it holds: by their words, or by `own`. */
export function createKeyMatch(isOn: boolean, own: readonly Matcher[]): (key: string) => boolean {
  const wanted = own.map(key => (typeof key === 'string' ? ` ${wordsOf(key)} ` : plain(key)))
  return key => {
    const words = wordsOf(key)
    return (
      (isOn && secret.test(words) && !harmless.test(words)) ||
      wanted.some(item => (typeof item === 'string' ? ` ${words} `.includes(item) : item.test(key)))
    )
  }
}

/** Without the flags that make an expression begin where it ended the last time. */
export function plain(pattern: RegExp, flags = ''): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '') + flags)
}

function wordsOf(key: string): string {
  return key
    .slice(0, 256)
    .replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ')
    .toLowerCase()
    .replace(/[\s!-/:-@[-`{-~]+/g, ' ')
    .trim()
}
