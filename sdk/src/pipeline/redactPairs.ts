import { counted } from './secretKeys.ts'
import { redacted } from './textRules.ts'

/** Between a name and its value; in the groups what may stand in a sentence too, and what in a path or a selector too. */
const separator =
  /=(?![=>\s])|%(?:25){0,3}3D|"\s{0,8}:\s{0,8}(?!true\b|false\b|null\b)|(=[ \t]+|'?:(?=["'])|'?:[ \t]+(?:(?:bearer|basic|token) +)?|(:)(?![\s:/]|\d{1,6}(?![\w-])|[\w-]*\())/gi
/** Names of which nothing else follows a colon at once: `token:abc` may be a key of a cache, and `auth:a1` an image. */
const unmistakable = /pass[wpc]|pwd|secret|key|cookie|authoriz/i
/** What stands before a name in an address within an address: `?`, `&` or `#`. */
const encodedStart = /^.*%(?:25)*(?:3F|26|23)/i
const nameChar = /[\w.%[\]\\-]/
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
export function createRedactPairs(isSecret: (name: string) => boolean): (text: string) => string {
  return text => {
    let result = ''
    let end = 0
    for (let at = 0; ; ) {
      separator.lastIndex = at
      const found = separator.exec(text)
      if (!found) return result + text.slice(end)
      at = separator.lastIndex
      let nameEnd = found.index
      if (text[nameEnd] === '=') while (/[ \t]/.test(text.charAt(nameEnd - 1))) nameEnd--
      let name = wordBefore(text, nameEnd)
      const before = nameEnd - name.length - 1
      if (text[found.index] === '%') name = name.replace(encodedStart, '')
      // Says little by itself, as in `API key: ...`.
      if (/^(key|id|number)$/i.test(name)) name = `${wordBefore(text, before)} ${name}`
      if ((found[2] && !unmistakable.test(name)) || !isSecret(name)) continue
      const pattern = !found[1] ? value : /authorization$/i.test(name) ? header(text.charAt(before)) : valueInText
      pattern.lastIndex = at
      const match = pattern.exec(text)?.[0]
      if (!match || (counted.test(name) && /^\d+$/.test(match))) continue
      result += text.slice(end, at) + redacted
      end = at = pattern.lastIndex
    }
  }
}

function wordBefore(text: string, end: number): string {
  let start = end
  while (end - start < 64 && nameChar.test(text.charAt(start - 1))) start--
  return text.slice(start, end)
}
