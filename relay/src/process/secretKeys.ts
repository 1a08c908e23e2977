/** What never belongs into a log, told by its key. A test runs the examples. */

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
  const words = wordsOf(key)
  if (harmlessLastWords.has(words.at(-1) ?? '')) return false
  return words.some((word, i) => secretWords.has(word) || secretPairs.has(`${word} ${words[i + 1]}`))
}

/** Tells the keys that are named, however their words are joined: `customerNumber` is `customer_number` and `new-customer-number` too. */
export function createKeyMatch(keys: readonly string[]): (key: string) => boolean {
  const wanted = keys.map(key => ` ${wordsOf(key).join(' ')} `)
  return key => {
    const words = ` ${wordsOf(key).join(' ')} `
    return wanted.some(item => words.includes(item))
  }
}

function wordsOf(key: string): string[] {
  return key
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
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
