import { redacted } from '../textRules.ts'
import { classOf } from '../textSigns.ts'
import { counted } from './secretKeys.ts'

/** Between a name and its value; in the groups what may stand in a sentence too, and what in a path or a selector too. */
const separator =
  /=(?![=>\s])|%(?:25){0,3}3D|"\s{0,8}:\s{0,8}(?!true\b|false\b|null\b)|(=[ \t]+|'?:(?=["'])|'?:[ \t]+(?:(?:bearer|basic|token) +)?|(:)(?![\s:/]|\d{1,6}(?![\w-])|[\w-]*\())/gi
/** Names of which nothing else follows a colon at once: `token:abc` may be a key of a cache, and `auth:a1` an image. */
const unmistakable = /pass[wpc]|pwd|secret|key|cookie|authoriz/i
/** What stands before a name in an address within an address: `?`, `&` or `#`. */
const encodedStart = /^.*%(?:25)*(?:3F|26|23)/i
/** Each of them holds one of these. */
const sign = /[=:%]/
const inName = classOf(/[\w.%[\]\\-]/)
const maxNameChars = 64
const quoted = /\[redacted]|"(?:[^"\\]|\\.)*"?|\\+"[^"]*"?|'(?:[^'\\\n]|\\.)*'?|/.source
const value = new RegExp(`${quoted}[[{][\\s\\S]*|[^&#;,\\s"'<>)}\\]]+`, 'y')
/** What no word of a sentence has. */
const telling = /(?:\d|[!#$%&*+=?@^|~]\w|\w{24})/.source
/** Without quotes it has to be 3 characters that are no word and no time, and takes the cookies behind it along. */
const valueInText = new RegExp(
  `${quoted}(?![[({]|[\\d.]+m?s\\b)(?=[^\\s"'<>,;)}\\]]{0,64}?${telling})[^\\s"'<>,;)}\\]]{3,}(?:; ?[\\w.%-]+=[^\\s"'<>,;]*)*`,
  'y',
)
/** All of the line, since schemes are many, or up to the quote that the header began with. */
const header = (before: string) =>
  new RegExp(
    `${quoted}(?=[^\\n[]{0,64}?(?:${telling}|=\\\\*["']))(?:[^\\n\\\\${before.replace(/[^"']/, '')}]|\\\\.)+`,
    'y',
  )

/**
 * The values of `password=...`, as in addresses, of `"password": "..."`, and of `password: ...` and `password = ...`, as in
 * headers and code, of all names that are secret. Linear in the length of the text: what is looked at and not taken is
 * bounded, or holds no further name.
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
      const nameEnd = text[found.index] === '=' ? beforeSpaces(text, found.index) : found.index
      const nearest = nameBefore(text, nameEnd)
      const name = text[found.index] === '%' ? nearest.replace(encodedStart, '') : nearest
      if ((found[2] && !unmistakable.test(name)) || !isSecret(name)) continue
      const pattern = !found[1]
        ? value
        : /authorization$/i.test(name)
          ? header(text.charAt(nameEnd - name.length - 1))
          : valueInText
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

function beforeSpaces(text: string, end: number): number {
  let start = end
  while (/[ \t]/.test(text.charAt(start - 1))) start--
  return start
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
    ["UPDATE users SET password = 'hunter2' WHERE id=1", 'UPDATE users SET password = [redacted] WHERE id=1'],
    ['PASSWORD = "x"; const apiKey  =  \'y\'', 'PASSWORD = [redacted]; const apiKey  =  [redacted]'],
    ['password = hunter2, again', 'password = [redacted], again'],
    ['{"password":  "x",\n "pin" :\t"1"}', '{"password":  [redacted],\n "pin" :\t[redacted]}'],
    ['password:hunter2', 'password:[redacted]'],
    ['{user:jane,password:hunter2}', '{user:jane,password:[redacted]}'],
    ['X-Api-Key:7f3a-11\nHost: x', 'X-Api-Key:[redacted]\nHost: x'],
    ['Authorization: ApiKey VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWk==', 'Authorization: [redacted]'],
    ['curl -H "Authorization: ApiKey abc123==" https://x', 'curl -H "Authorization: [redacted]" https://x'],
    ['Authorization: Negotiate YIIJvwYGKwYBBQUCoIIJszCC\nHost: x', 'Authorization: [redacted]\nHost: x'],
    ['Proxy-Authorization:\tSSWS 00QCjAl4MlV-WPXM', 'Proxy-Authorization:\t[redacted]'],
    ['Authorization:Key 1234abcd', 'Authorization:[redacted]'],
    ['Authorization: Digest username="jane", realm="x", response="6629fae4"\nn: 1', 'Authorization: [redacted]\nn: 1'],
    ['"Authorization: Digest username=\\"jane\\", response=\\"66\\"", 5', '"Authorization: [redacted]", 5'],
    ["{ Authorization: 'ApiKey abc', n: 1 }", '{ Authorization: [redacted], n: 1 }'],
    ['Authorization: Bearer [redacted] was refused with 401', 'Authorization: Bearer [redacted] was refused with 401'],
    ['/k?X-Amz-Expires=60&X-Amz-Signature=ab1', '/k?X-Amz-Expires=60&X-Amz-Signature=[redacted]'],
    ['/o?X-Goog-Signature=ab1&x=2', '/o?X-Goog-Signature=[redacted]&x=2'],
    ['/login?next=%2Fcb%3Faccess_token%3Dabc&x=1', '/login?next=%2Fcb%3Faccess_token%3D[redacted]&x=1'],
    ['/login?next=%252Fcb%253Fa%253D1%2526sig%253dabc', '/login?next=%252Fcb%253Fa%253D1%2526sig%253d[redacted]'],
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
    'at login (src/password.ts:12:34), https://x.example/reset-password:12:34',
    'input#password:nth-child(2) > input.password:focus',
    'Authorization: required, authorization failed',
    'if (token == 1234 || password != "x1" || secret === "x2") token => x3',
    'token = getToken(), password = undefined, secret = this.secret',
    'auth = 120ms, tokens = 512, tokenCount = 3000, maxTokens:512',
    '/search?q=a%3Db1%26c%3Dd1, 100%3D',
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
