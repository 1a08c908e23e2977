import { redacted } from '../textRules.ts'
import { classOf } from '../textSigns.ts'
import { counted } from './secretKeys.ts'

/** Between a name and its value; in the group what may stand in a sentence too. */
const separator = /=(?![=>])|"\s?:\s?(?!true\b|false\b|null\b)|('?:(?=["'])|'?: +(?:(?:bearer|basic|token) +)?)/gi
/** Each of them holds one of these. */
const sign = /[=:]/
const inName = classOf(/[\w.%[\]\\-]/)
const maxNameChars = 64
const quoted = /\[redacted]|"(?:[^"\\]|\\.)*"?|\\+"[^"]*"?|'(?:[^'\\\n]|\\.)*'?|/.source
const value = new RegExp(`${quoted}[[{][\\s\\S]*|[^&#;,\\s"'<>)}\\]]+`, 'y')
/** Without quotes it has to be 3 characters that are no word and no time, and takes the cookies behind it along. */
const valueInText = new RegExp(
  `${quoted}(?![[({]|[\\d.]+m?s\\b)(?=[^\\s"'<>,;)}\\]]*?(?:\\d|[!#$%&*+=?@^|~]\\w|\\w{24}))[^\\s"'<>,;)}\\]]{3,}(?:; ?[\\w.%-]+=[^\\s"'<>,;]*)*`,
  'y',
)

/**
 * The values of `password=...`, as in addresses, of `"password": "..."`, and of `password: ...`, as in headers, of all names
 * that are secret. Linear in the length of the text: what is looked at and not taken holds no further name with a colon,
 * and one with `=` takes all up to the next.
 */
export function createScrubPairs(isSecret: (name: string) => boolean): (text: string) => string {
  return text => {
    if (!sign.test(text)) return text
    let result = ''
    let end = 0
    for (let at = 0; ; ) {
      separator.lastIndex = at
      const found = separator.exec(text)
      if (!found) return end === 0 ? text : result + text.slice(end)
      at = separator.lastIndex
      const name = nameBefore(text, found.index)
      if (!isSecret(name)) continue
      const pattern = found[1] ? valueInText : value
      pattern.lastIndex = at
      const match = pattern.exec(text)?.[0]
      if (!match || (counted.test(name) && /^\d+$/.test(match))) continue
      result += text.slice(end, at) + redacted
      end = at = pattern.lastIndex
    }
  }
}

/** With the word before it where the last one says little by itself, as in `API key: ...`. */
function nameBefore(text: string, end: number): string {
  const name = wordBefore(text, end)
  return /^(key|id|number)$/i.test(name) ? `${wordBefore(text, end - name.length - 1)} ${name}` : name
}

function wordBefore(text: string, end: number): string {
  let start = end
  while (start > 0 && end - start < maxNameChars && inName[text.charCodeAt(start - 1)] === 1) start--
  return text.slice(start, end)
}

/** Of the rule `secretKeys`. */
export const pairExamples: {
  matches: readonly (readonly [text: string, result: string])[]
  misses: readonly string[]
} = {
  matches: [
    ['GET /cb?state=1&access_token=abc.def&x=2 failed', 'GET /cb?state=1&access_token=[redacted]&x=2 failed'],
    ['a=1; PHPSESSID=abc; sid=abc; b=2', 'a=1; PHPSESSID=[redacted]; sid=[redacted]; b=2'],
    ['csrf=x1&password1=hunter2&password2=hunter2', 'csrf=[redacted]&password1=[redacted]&password2=[redacted]'],
    ['login user=jane password=hunter2, again', 'login user=jane password=[redacted], again'],
    ["login password='hunter 2', again", 'login password=[redacted], again'],
    ['card_number=4111-1111', 'card_number=[redacted]'],
    ['{"user":"jane","password1":"hunt\\"er2","n":1}', '{"user":"jane","password1":[redacted],"n":1}'],
    ['{"body":"{\\"token\\":\\"abc\\",\\"n\\":1}"}', '{"body":"{\\"token\\":[redacted],\\"n\\":1}"}'],
    ['{"pin": 1234, "api key": "x"}', '{"pin": [redacted], "api key": [redacted]}'],
    ['{"credentials":{"a":"b"},"n":1}', '{"credentials":[redacted]'],
    ['{"password":"cut off [cut, 9', '{"password":[redacted]'],
    ['failed: "password=hunter2"', 'failed: "password=[redacted]"'],
    ['password: hunter2', 'password: [redacted]'],
    ['user: jane\npassword: p@ss!word\nn: 1', 'user: jane\npassword: [redacted]\nn: 1'],
    ["{ user: 'jane', password: 'x', n: 1 }", "{ user: 'jane', password: [redacted], n: 1 }"],
    ["{token:'abc',n:1} {'X-Api-Key': 'it\\'s'}", "{token:[redacted],n:1} {'X-Api-Key': [redacted]}"],
    ['token: "cut off [cut, 9', 'token: [redacted]'],
    ['X-Api-Key: 7f3a-11, again', 'X-Api-Key: [redacted], again'],
    ['Incorrect API key: abc123. Secret key: x9y8', 'Incorrect API key: [redacted] Secret key: [redacted]'],
    ['Authorization: Token abc123', 'Authorization: Token [redacted]'],
    ['authorization: abcdefghijklmnopqrstuvwxyz', 'authorization: [redacted]'],
    ['Cookie: session=abc; theme=dark; id=5\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['(cvc: 123)', '(cvc: [redacted])'],
  ],
  misses: [
    'Unexpected token: <',
    'Unexpected token: }',
    'Unexpected token: punc (()',
    'password: must have 8 characters',
    'password: 8 characters at least',
    'Password: wrong. Token: expired!',
    'token: undefined, auth: true, secret: null',
    'auth: well-formed; token: and/or',
    'auth: 120ms, token: 12.5ms',
    'password::hash256 token:abc123 auth:8080',
    'tokens: 512, tokens=512, {"maxTokens":512}',
    '# pass: 12, fail: 3; pass=12',
    'tokenCount=3 tokenCount: 3000',
    'tokens_used=3 passwordless=yes',
    'passenger: Bob1, compass: north1, author: x123',
    'token === undefined',
    'token=>token',
    '{"password":true}',
    'a == b',
    'primary key: 1234, order id: 1234, card: 1234',
  ],
}
