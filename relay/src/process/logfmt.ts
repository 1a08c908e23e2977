import { cut, fits, maxLineBytes, textBounds } from './lineBounds.ts'

export interface Pairs {
  readonly values: Map<string, string>
  /** A name that the relay chooses, once. An empty value is none. */
  add(key: string, value: string | undefined): void
  /** A name that a page chooses: without what no name can hold, and numbered where it is taken. */
  addForeign(prefix: string, name: string, value: string | undefined): void
}

/** Pairs of a line, or of a part of it that knows which names other parts have taken. */
export function createPairs(...others: readonly Pairs[]): Pairs {
  const values = new Map<string, string>()
  const counts = new Map<string, number>()
  const isTaken = (key: string) => values.has(key) || others.some(other => other.values.has(key))
  return {
    values,
    add(key, value) {
      if (value !== undefined && value !== '' && !isTaken(key)) values.set(key, value)
    },
    addForeign(prefix, name, value) {
      if (value === undefined || value === '') return
      const key = prefix + (notInKey.test(name) ? name.replace(allNotInKey, '') : name)
      let free = key
      let count = counts.get(key) ?? 1
      while (isTaken(free)) free = `${key}_${++count}`
      if (count > 1) counts.set(key, count)
      values.set(free, value)
    },
  }
}

/** `key=value key="a value"`, as Loki's parser reads it: https://pkg.go.dev/github.com/go-logfmt/logfmt */
export function formatPairs({ values }: Pairs): string {
  return join(values, Number.POSITIVE_INFINITY)
}

/** One line of several parts. What is too long is cut, and `truncated=true` says so. */
export function joinLine(texts: readonly string[], parts: readonly Pairs[]): string {
  const line = texts.filter(text => text !== '').join(' ')
  if (fits(line)) return line
  const pairs = new Map(parts.flatMap(({ values }) => [...values]))
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

function join(pairs: ReadonlyMap<string, string>, maxChars: number): string {
  let line = ''
  for (const [key, value] of pairs) line += `${line && ' '}${formatPair(key, cut(value, maxChars))}`
  return line
}

function formatPair(key: string, value: string): string {
  return needsQuotes.test(value) ? `${key}="${value.replace(escaped, escapeOne)}"` : `${key}=${value}`
}

// Control characters, and what other readers take for the end of a line: https://cwe.mitre.org/data/definitions/117.html
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const needsQuotes = /[\u0000-\u0020="\u007f-\u009f\u2028\u2029\ufffd]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise.
const escaped = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029]/g
const notInKey = needsQuotes
const allNotInKey = new RegExp(notInKey, 'g')
const shortEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

function escapeOne(character: string): string {
  return shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
