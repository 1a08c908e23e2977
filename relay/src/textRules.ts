import { isIPv4, isIPv6 } from 'node:net'
import { ibanChars, isCardNumber } from './checkDigits.ts'
import type { Sign } from './textSigns.ts'
import { reduceUserAgent } from './userAgent.ts'

export const redacted = '[redacted]'

export type TextRuleName =
  | 'privateKey'
  | 'jwt'
  | 'authorization'
  | 'apiKey'
  | 'urlPassword'
  | 'secretQuery'
  | 'query'
  | 'email'
  | 'card'
  | 'iban'
  | 'ssn'
  | 'ip'
  | 'userAgent'

export interface TextRule {
  name: TextRuleName
  /** What it replaces, for the documentation. */
  description: string
  /** Off where it would take more than secrets: some logs are of no use without. */
  byDefault: boolean
  /** Each text that the pattern matches holds at least one of them; without any, all text is searched. */
  signs?: readonly Sign[]
  /** Where the pattern is dear and a sign frequent, what else a match holds. */
  hint?: RegExp
  /** No match is shorter. */
  minChars: number
  pattern: RegExp
  /** Returns the replacement, or the match itself where a closer look says that it is none. */
  replace(match: string, ...groups: string[]): string
  /** Text, and what becomes of it. */
  matches: readonly (readonly [text: string, result: string])[]
  misses: readonly string[]
}

/**
 * In the order in which they are applied. The patterns start where no longer run precedes, or are bounded, so each is
 * linear in the length of the text.
 */
export const textRules: readonly TextRule[] = [
  {
    name: 'privateKey',
    description: 'blocks of private keys (PEM), up to their end or that of the text',
    byDefault: true,
    minChars: 27,
    signs: ['longNumber'],
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    replace: () => redacted,
    matches: [
      ['key: -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----.', `key: ${redacted}.`],
      ['-----BEGIN PRIVATE KEY-----\\nMIIE and cut off', redacted],
    ],
    misses: [
      '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
      '-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----',
    ],
  },
  {
    name: 'jwt',
    description: 'JSON web tokens',
    byDefault: true,
    minChars: 16,
    signs: ['J'],
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g,
    replace: () => redacted,
    matches: [
      ['jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;', `jwt=${redacted};`],
      ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', redacted],
    ],
    misses: ['eyJ', 'heyJude.is.a.song', 'eyJhbGciOiJIUzI1NiJ9 without a payload'],
  },
  {
    name: 'authorization',
    description: 'what follows `Bearer` or `Basic` and looks like credentials',
    byDefault: true,
    minChars: 14,
    signs: ['scheme'],
    pattern: /\b(bearer|basic)\s{1,4}([A-Za-z0-9._~+/=-]{8,})/gi,
    replace: (match, scheme = '', token = '') =>
      /[0-9_~+/=]/.test(token) || token.length >= 24 || isBasic(scheme, token) ? `${scheme} ${redacted}` : match,
    matches: [
      ['Authorization: Bearer abc123def456', `Authorization: Bearer ${redacted}`],
      ['bearer  AbCdEfGhIjKlMnOpQrStUvWxYz', `bearer ${redacted}`],
      ['authorization: basic dXNlcjpwYXNz', `authorization: basic ${redacted}`],
    ],
    misses: [
      'the bearer authentication failed',
      'Bearer of bad news',
      'forbearer 12345678',
      'basic authentication is off',
    ],
  },
  {
    name: 'apiKey',
    description:
      'keys that their issuer marks: AWS, GitHub, GitLab, Google, Grafana, npm, OpenAI, SendGrid, Slack, Stripe',
    byDefault: true,
    minChars: 20,
    signs: ['longToken'],
    pattern:
      /(?<![A-Za-z0-9_])(?:A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])|AIza[A-Za-z0-9_-]{35}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|gl(?:sa|c)_[A-Za-z0-9_=+/-]{32,}|npm_[A-Za-z0-9]{36,}|sk-[A-Za-z0-9_-]{32,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,})/g,
    replace: () => redacted,
    matches: [
      ['aws: AKIAIOSFODNN7EXAMPLE', `aws: ${redacted}`],
      [`git clone https://ghp_${'aB3'.repeat(12)}@github.com`, `git clone https://${redacted}@github.com`],
      [`token xoxb-${'1'.repeat(12)}-abcdef, or sk_live_${'4'.repeat(24)}`, `token ${redacted}, or ${redacted}`],
      [`maps?key=AIza${'b'.repeat(35)}&v=3`, `maps?key=${redacted}&v=3`],
    ],
    misses: ['AKIA', 'pk_live_51publishable000', 'sk-button-primary', 'npm_config_registry', 'xoxb-short', 'SG.1.2'],
  },
  {
    name: 'urlPassword',
    description: 'user and password in an address, before its host',
    byDefault: true,
    minChars: 6,
    signs: ['@'],
    pattern: /:\/\/(?<=[A-Za-z0-9]:\/\/)[^\s/?#@"'<>]{1,256}@/g,
    replace: () => `://${redacted}@`,
    matches: [
      ['postgres://user:hunter2@db:5432/shop', `postgres://${redacted}@db:5432/shop`],
      ['GET https://token@host.example/a failed', `GET https://${redacted}@host.example/a failed`],
    ],
    misses: ['https://host.example/@user', 'checkout@https://shop.example/a.js:1:2', 'https://host.example/?a=b@c'],
  },
  {
    name: 'secretQuery',
    description: 'values of query and fragment parameters that are named like secrets, such as `access_token` or `sig`',
    byDefault: true,
    minChars: 6,
    signs: ['='],
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
    name: 'query',
    description: 'all values of query and fragment parameters; the SDK leaves these out of addresses by itself',
    byDefault: false,
    minChars: 4,
    signs: ['='],
    pattern: /([?&#][^\s=&#?"'<>]{1,100}=)[^\s&#"'<>]+/g,
    replace: (_match, name = '') => `${name}${redacted}`,
    matches: [
      ['GET /search?q=shoes&page=2#at=3 failed', `GET /search?q=${redacted}&page=${redacted}#at=${redacted} failed`],
    ],
    misses: ['a=b & c = d', '/search?q', 'is x=1? y=2'],
  },
  {
    name: 'email',
    description: 'e-mail addresses, also with `%40`; not file names and versions such as `logo@2x.png`',
    byDefault: true,
    hint: /(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2}/,
    minChars: 6,
    signs: ['@', '%'],
    pattern:
      /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}(?:@|%40)(?!\d+\.\d|(?:\d+x\.)?[\w-]{1,63}(?:\.min)?\.(?:css|html|json|wasm|png|jpe?g|gif|svg|webp|avif|ico|ttf|woff2?)(?!\.?[\w-]))(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!(?:[cm]?[jt]sx?|map)\b)[A-Za-z]{2,24}(?![A-Za-z0-9-]|(?:\.[\w-]{1,63}){0,3}\.(?:[cm]?[jt]sx?|map)\b)/gi,
    replace: () => redacted,
    matches: [
      ['sent to jane.doe+shop@mail.example.com!', `sent to ${redacted}!`],
      ['<a@b.io>', `<${redacted}>`],
      ['/reset/jane%40mail.example/now', `/reset/${redacted}/now`],
      ['/img/jane@mail.example.png', `/img/${redacted}`],
      [
        'jane@css.example, joe@2x.example and ann@png.map.example/a.js',
        `${redacted}, ${redacted} and ${redacted}/a.js`,
      ],
    ],
    misses: [
      'react@18.2.0',
      'vue@3.2.1-rc.dist',
      'https://cdn.example/hero@3x.webp',
      'logo@2x.png, logo@2x.8f3ac1.PNG and icon%402x.svg?v=1',
      'theme@latest.css and theme@latest.min.css',
      'render@app.min.js:1:2',
      'render@pages.shop.cart.min.js.map',
      'main@app.component.ts',
      'user@localhost',
      '@mention',
      'checkout@https://shop.example/a.js:1:2',
      'a @ b.c',
      '100%40',
    ],
  },
  {
    name: 'card',
    description: 'payment card numbers of the known networks whose check digit is right, also as numbers',
    byDefault: true,
    minChars: 13,
    signs: ['longNumber'],
    pattern: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d])/g,
    replace: match => (isCardNumber(match) ? redacted : match),
    matches: [
      ['card 4111 1111 1111 1111 declined', `card ${redacted} declined`],
      ['5500-0055-5555-5559', redacted],
      ['378282246310005', redacted],
      ['4222222222222', redacted],
    ],
    misses: [
      '1795210478963',
      '1795210478963250123',
      '4111 1111 1111 1112',
      '0.4111111111111111',
      '12345678901234567890',
    ],
  },
  {
    name: 'iban',
    description: 'bank account numbers (IBAN) of the length of their country whose check digits are right',
    byDefault: true,
    minChars: 15,
    signs: ['longNumber'],
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g,
    replace(match) {
      const chars = ibanChars(match)
      return chars > 0 ? redacted + match.slice(chars) : match
    },
    matches: [
      ['to DE89 3704 0044 0532 0130 00 OK', `to ${redacted} OK`],
      ['GB82WEST12345698765432,', `${redacted},`],
    ],
    misses: [
      'DE88 3704 0044 0532 0130 00',
      'DE89 3704 0044 0532 0130',
      'XX89370400440532013000',
      'HTTP1200 AB12CDEF3456',
    ],
  },
  {
    name: 'ssn',
    description: 'social security numbers of the US, written with hyphens; other numbers look like them',
    byDefault: false,
    minChars: 11,
    pattern: /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
    replace: () => redacted,
    matches: [['ssn 078-05-1120.', `ssn ${redacted}.`]],
    misses: ['000-12-3456', '666-12-3456', '078-00-1120', '2026-11-2026', '1078-05-1120', '078-05-11203'],
  },
  {
    name: 'ip',
    description: 'IPv4 and IPv6 addresses, of servers too; without it those that a text holds stay',
    byDefault: false,
    minChars: 3,
    pattern:
      /(?<![\w.-])(?<![A-Za-z]\/)(?:\d{1,3}\.){3}\d{1,3}(?!\.?[\w-])|(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,34}:[0-9A-Fa-f]{0,4}(?:\.\d{1,3}){0,3}(?![\w:])/g,
    replace: match => (isIPv4(match) || (match.length > 2 && isIPv6(match)) ? redacted : match),
    matches: [
      ['from 203.0.113.7:443', `from ${redacted}:443`],
      ['http://10.0.0.1/a and 192.168.1.1.', `http://${redacted}/a and ${redacted}.`],
      ['[2001:db8::8a2e:370:7334]:8080', `[${redacted}]:8080`],
      ['::1, ::ffff:192.0.2.1', `${redacted}, ${redacted}`],
    ],
    misses: [
      'Chrome/156.0.0.0',
      'v1.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '12:30:45',
      'std::vector',
      'a::before',
      'aa:bb:cc:dd:ee:ff',
    ],
  },
  {
    name: 'userAgent',
    description: "user agents, as the browser's name and major version; the relay never stores that of a request",
    byDefault: true,
    minChars: 14,
    signs: ['z'],
    pattern:
      /Mozilla\/5\.0 \([^()]{0,300}\)(?: (?:[A-Za-z][A-Za-z.]{0,30}\/[A-Za-z0-9.+_-]{1,60}|\([^()]{0,100}\)|Mobile|Safari|like Gecko)){0,20}/g,
    replace: match => reduceUserAgent(match) ?? redacted,
    matches: [
      [
        'by Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7211.4 Safari/537.36!',
        'by Chrome 156!',
      ],
      ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox 150'],
      [
        'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
        'Safari 19',
      ],
      ['Mozilla/5.0 (compatible; Somebot/2.1)', redacted],
    ],
    misses: ['Mozilla/5.0', 'the Mozilla Foundation', 'Chrome 156'],
  },
]

/** `user:password` in Base64: https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function isBasic(scheme: string, token: string): boolean {
  return scheme.length === 5 && Buffer.from(token, 'base64').includes(':')
}
