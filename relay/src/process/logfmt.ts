import { cut, fits, maxLineBytes, textBounds } from './lineBounds.ts'

export type Pairs = Map<string, string>

/** One line of logfmt, as Loki's parser reads it: https://pkg.go.dev/github.com/go-logfmt/logfmt. Pairs that are too long are cut, and `truncated=true` says so. */
export function formatLogfmt(pairs: Pairs): string {
  const line = join(pairs, Number.POSITIVE_INFINITY)
  if (fits(line)) return line
  for (const maxChars of textBounds) {
    const shorter = `${join(pairs, maxChars)} truncated=true`
    if (fits(shorter)) return shorter
  }
  // Very many pairs: the first ones are those that every record has.
  let left = maxLineBytes - ' truncated=true'.length
  const first: string[] = []
  for (const [key, value] of pairs) {
    const pair = formatPair(key, cut(value, textBounds.at(-1)!))
    left -= Buffer.byteLength(pair) + 1
    if (left < 0) break
    first.push(pair)
  }
  return `${first.join(' ')} truncated=true`
}

/** Sets pairs so that none takes the place of an earlier one; empty values are none. */
export function createPairs() {
  const pairs: Pairs = new Map()
  const counts = new Map<string, number>()
  return {
    pairs,
    add(name: string, value: string | undefined): void {
      if (value === undefined || value === '') return
      const key = cleanKey(name)
      let free = key
      let count = counts.get(key) ?? 1
      while (pairs.has(free)) free = `${key}_${++count}`
      if (count > 1) counts.set(key, count)
      pairs.set(free, value)
    },
  }
}

function join(pairs: Pairs, maxChars: number): string {
  const texts: string[] = []
  for (const [key, value] of pairs) texts.push(formatPair(key, cut(value, maxChars)))
  return texts.join(' ')
}

function formatPair(key: string, value: string): string {
  return needsQuotes.test(value) ? `${key}="${value.replace(escaped, escapeOne)}"` : `${key}=${value}`
}

// Control characters, and what other readers take for the end of a line: https://cwe.mitre.org/data/definitions/117.html
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const needsQuotes = /[\u0000-\u0020="\u007f-\u009f\u2028\u2029\ufffd]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise.
const escaped = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise.
const notInKey = /[\u0000-\u0020="\u007f-\u009f\u2028\u2029\ufffd]/g
const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

function escapeOne(character: string): string {
  return shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function cleanKey(key: string): string {
  return key.replace(notInKey, '')
}
