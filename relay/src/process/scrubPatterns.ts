/**
 * What never belongs into a log: keys whose value is taken out whole, and patterns replaced within text.
 * Every rule names what it must and must not match; a test runs these examples, and each pattern against long hostile text.
 */

export const redacted = '[redacted]'

export interface TextRule {
  name: string
  /** A cheap sign that the pattern may match at all: most text has none of them. */
  hint: RegExp
  pattern: RegExp
  /** Returns the replacement, or the match itself where a closer look says that it is none. */
  replace(match: string, ...groups: string[]): string
  /** Text, and what becomes of it. */
  matches: readonly (readonly [text: string, result: string])[]
  misses: readonly string[]
}

/** Single words of a key, as in `user_password`, `authToken` or `X-Api-Key` split at their seams. */
const secretWords: ReadonlySet<string> = new Set(
  (
    'password passwords passwd passphrase passcode pwd secret secrets token tokens auth authorization authentication ' +
    'credential credentials cookie cookies apikey apikeys jwt bearer otp totp cvv cvc csrf xsrf ssn iban pin ' +
    'creditcard cardnumber privatekey accesstoken refreshtoken idtoken sessiontoken clientsecret'
  ).split(' '),
)
/** Two words in a row that mean a secret together only. */
const secretPairs: ReadonlySet<string> = new Set([
  'api key',
  'access key',
  'private key',
  'secret key',
  'signing key',
  'encryption key',
  'credit card',
  'card number',
  'session key',
])
/** A count or a kind of a secret is none: `tokenCount`, `token_type`, `password_length`. */
const harmlessLastWords: ReadonlySet<string> = new Set(
  'count counts length size type types limit limits total usage used expires expiry expiration strength valid required enabled status method'.split(
    ' ',
  ),
)

/** Whether the value of this key is to be taken out, whatever it holds. */
export function isSecretKey(key: string): boolean {
  const words = key
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
  if (harmlessLastWords.has(words.at(-1) ?? '')) return false
  return words.some((word, i) => secretWords.has(word) || secretPairs.has(`${word} ${words[i + 1]}`))
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
  ],
}

/** The patterns start where no longer run precedes, or are bounded, so each is linear in the length of the text. */
export const textRules: readonly TextRule[] = [
  {
    name: 'JSON web token',
    hint: /eyJ/,
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g,
    replace: () => redacted,
    matches: [
      ['jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;', `jwt=${redacted};`],
      ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', redacted],
    ],
    misses: ['eyJ', 'heyJude.is.a.song', 'eyJhbGciOiJIUzI1NiJ9 without a payload'],
  },
  {
    name: 'bearer token',
    hint: /bearer/i,
    pattern: /\b(bearer)\s{1,4}([A-Za-z0-9._~+/=-]{8,})/gi,
    replace: (match, scheme = '', token = '') =>
      /[0-9_~+/=]/.test(token) || token.length >= 24 ? `${scheme} ${redacted}` : match,
    matches: [
      ['Authorization: Bearer abc123def456', `Authorization: Bearer ${redacted}`],
      ['bearer  AbCdEfGhIjKlMnOpQrStUvWxYz', `bearer ${redacted}`],
    ],
    misses: ['the bearer authentication failed', 'Bearer of bad news', 'forbearer 12345678'],
  },
  {
    name: 'credentials in an address',
    hint: /:\/\/[^\s/]{1,300}@/,
    pattern: /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@"'<>]{1,256}@/gi,
    replace: (_match, scheme = '') => `${scheme}${redacted}@`,
    matches: [
      ['postgres://user:hunter2@db:5432/shop', `postgres://${redacted}@db:5432/shop`],
      ['GET https://token@host.example/a failed', `GET https://${redacted}@host.example/a failed`],
    ],
    misses: ['https://host.example/@user', 'checkout@https://shop.example/a.js:1:2', 'https://host.example/?a=b@c'],
  },
  {
    name: 'secret in a query',
    hint: /[?&#;][a-z_-]{2,20}=/i,
    pattern:
      /([?&#;](?:access_token|id_token|refresh_token|auth_token|token|api_key|api-key|apikey|password|passwd|pwd|secret|client_secret|authorization|signature|sig|jwt|session_id|sessionid|sid)=)[^&#;\s"'<>]+/gi,
    replace: (_match, name = '') => `${name}${redacted}`,
    matches: [
      ['/callback?state=1&access_token=abc.def&x=2', `/callback?state=1&access_token=${redacted}&x=2`],
      ['https://a.example/#token=abc', `https://a.example/#token=${redacted}`],
    ],
    misses: ['/search?q=token', '/list?tokens=5', '/a?passport=1', 'token=abc outside of an address'],
  },
  {
    name: 'e-mail address',
    hint: /@/,
    pattern: /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])/g,
    replace: () => redacted,
    matches: [
      ['sent to jane.doe+shop@mail.example.com!', `sent to ${redacted}!`],
      ['<a@b.io>', `<${redacted}>`],
    ],
    misses: ['react@18.2.0', 'user@localhost', '@mention', 'checkout@https://shop.example/a.js:1:2', 'a @ b.c'],
  },
  {
    name: 'card number',
    hint: /\d[\d -]{11,}\d/,
    pattern: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d])/g,
    replace: match => (isCardNumber(match) ? redacted : match),
    matches: [
      ['card 4111 1111 1111 1111 declined', `card ${redacted} declined`],
      ['5500-0055-5555-5559', redacted],
      ['378282246310005', redacted],
    ],
    misses: [
      '1795210478963',
      '1795210478963250123',
      '4111 1111 1111 1112',
      '0.4111111111111111',
      '12345678901234567890',
    ],
  },
]

/** What the card networks have issued (prefix and length), with the check digit of ISO/IEC 7812. */
const cardNetworks =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17})$/

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  if (!cardNetworks.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
