/** What never belongs into a log, told by its key. A test runs the examples. */

/** In the words of a key, such as `x api key` for `X-Api-Key`; they may be numbered, such as `password2`. */
const secret =
  /\b(\w*(password|passwd|passphrase|passcode|secret|token|api ?key|cookie|credential)s?|pwd|pass(?=\d*$)|auth(orization|entication)?|jwt|bearer|t?otp|cv[vc]|[cx]srf|ssn|iban|pin|(access|private|secret|signing|encryption|session) ?keys?|credit ?card|card ?number|phpsessid|jsessionid)\d*\b/
/** A count or a kind of a secret is none: `tokenCount`, `token_type`, `password_length`. */
const harmless =
  /\b(counts?|length|size|types?|limits?|total|usage|used|expires|expiry|expiration|strength|valid|required|enabled|status|method)$/
/** A number under such a key tells how many there are: `maxTokens: 512`, `{ pass: 12, fail: 1 }`. */
export const counted = /(tokens|pass)$/i

/** Whether the value of this key is to be taken out, whatever it holds. */
export function isSecretKey(key: string): boolean {
  const words = wordsOf(key)
  return secret.test(words) && !harmless.test(words)
}

/** Tells the keys that are named, however their words are joined: `customerNumber` is `customer_number` and `new-customer-number` too. */
export function createKeyMatch(keys: readonly string[]): (key: string) => boolean {
  const wanted = keys.map(key => ` ${wordsOf(key)} `)
  return key => {
    const words = ` ${wordsOf(key)} `
    return wanted.some(item => words.includes(item))
  }
}

function wordsOf(key: string): string {
  return key
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

export const keyExamples = {
  matches: [
    ...[
      'password',
      'userPassword',
      'new_passwd',
      'DB_PWD',
      'secret',
      'clientSecret',
      'token',
      'authToken',
      'auth',
      'X-Auth',
    ],
    ...[
      'Authorization',
      'apiKey',
      'api_key',
      'X-API-Key',
      'APIKey',
      'cookie',
      'Set-Cookie',
      'credentials',
      'creditCard',
    ],
    ...[
      'credit-card-number',
      'cardNumber',
      'cvv',
      'csrf',
      'xsrfToken',
      'privateKey',
      'aws.access.key',
      'otp',
      'ssn',
      'pin',
    ],
    ...['password1', 'password2', 'Password2Again', 'token1', 'cvc2', 'api_key_2', 'pass', 'DB_PASS', 'userPass2'],
    ...['PHPSESSID', 'JSESSIONID', 'userpassword', 'refreshtoken', 'access-keys'],
  ],
  misses: [
    ...[
      'author',
      'authored',
      'coauthor',
      'authority',
      'tokenCount',
      'maxTokensLimit',
      'token_type',
      'passwordLength',
      'compass',
    ],
    ...[
      'bypass',
      'key',
      'keyboard',
      'apiUrl',
      'secretary',
      'tokenize',
      'cookieCount',
      'pinned',
      'spinner',
      'card',
      'sku',
      'session',
    ],
    ...['passenger', 'passRate', 'pass_through', 'passwordless', 'tokens_used', 'password1Length', 'author1', 'sha256'],
  ],
}
