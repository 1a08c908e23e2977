import { counted } from './secretKeys.ts'
import { redacted } from './textRules.ts'

/** Between a name and its value; in the group what may stand in a sentence too. */
const separator = /=(?![=>])|"\s?:\s?(?!true\b|false\b|null\b)|('?:(?=["'])|'?: +(?:(?:bearer|basic|token) +)?)/gi
const nameChar = /[\w.%[\]\\-]/
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
export function createRedactPairs(isSecret: (name: string) => boolean): (text: string) => string {
  return text => {
    let result = ''
    let end = 0
    for (let at = 0; ; ) {
      separator.lastIndex = at
      const found = separator.exec(text)
      if (!found) return result + text.slice(end)
      at = separator.lastIndex
      let name = wordBefore(text, found.index)
      // Says little by itself, as in `API key: ...`.
      if (/^(key|id|number)$/i.test(name)) name = `${wordBefore(text, found.index - name.length - 1)} ${name}`
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

function wordBefore(text: string, end: number): string {
  let start = end
  while (end - start < 64 && nameChar.test(text.charAt(start - 1))) start--
  return text.slice(start, end)
}
