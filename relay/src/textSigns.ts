/**
 * What a text has to hold for a rule to be worth a try. Nearly all text has nothing of it, and to see that costs less
 * than the first of the patterns: a search for rare characters, and looks at every 13th and 20th character for runs.
 */
export type Sign = '@' | '=' | '%' | 'J' | 'z' | 'longNumber' | 'longToken' | 'scheme'

const bits: Record<Sign, number> = { '@': 1, '=': 2, '%': 4, J: 8, z: 16, longNumber: 32, longToken: 64, scheme: 128 }
const rare = /[@=%Jz]/
const rareSigns = ['@', '=', '%', 'J', 'z'] as const
const scheme = /[Bb](?:earer|asic)\s|BEARER\s|BASIC\s/

/** So many of `0-9 A-Z`, space and hyphen in a row: card numbers, account numbers, heads of PEM blocks. */
const longNumberChars = 13
const inNumber = classOf(/[0-9A-Z -]/)
/** So many of `0-9 A-Z a-z _ -` in a row. */
const longTokenChars = 20
const inToken = classOf(/[0-9A-Za-z_-]/)

/** As `signsOf` returns them. */
export function signBits(signs: readonly Sign[]): number {
  return signs.reduce((sum, sign) => sum | bits[sign], 0)
}

/** The signs that a text holds, a bit each. */
export function signsOf(text: string): number {
  let seen = 0
  if (rare.test(text)) for (const sign of rareSigns) if (text.includes(sign)) seen |= bits[sign]
  if (text.length < longNumberChars) return seen
  if (hasRun(text, inNumber, longNumberChars)) seen |= bits.longNumber
  if (hasRun(text, inToken, longTokenChars)) seen |= bits.longToken
  if (scheme.test(text)) seen |= bits.scheme
  return seen
}

/** Whether so many characters of a class stand in a row: one of them is at a multiple of their number. */
function hasRun(text: string, inClass: Uint8Array, chars: number): boolean {
  for (let i = chars - 1; i < text.length; i += chars) {
    if (inClass[text.charCodeAt(i)] !== 1) continue
    let start = i
    let end = i + 1
    while (start > 0 && inClass[text.charCodeAt(start - 1)] === 1) start--
    while (end < text.length && end - start < chars && inClass[text.charCodeAt(end)] === 1) end++
    if (end - start >= chars) return true
  }
  return false
}

/** A place for each UTF-16 unit, so that none is outside. */
export function classOf(pattern: RegExp): Uint8Array {
  const inClass = new Uint8Array(65_536)
  for (let code = 0; code < 128; code++) if (pattern.test(String.fromCharCode(code))) inClass[code] = 1
  return inClass
}
