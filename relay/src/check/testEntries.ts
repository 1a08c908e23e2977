import { randomUUID } from 'node:crypto'
import { encodeEntries } from '../entry.ts'
import { formatLabels } from '../lane.ts'

export interface TestEntry {
  body: Uint8Array
}

/** What the relay sends at most: see `process/line.ts` and `process/metadata.ts`. */
const maxLineBytes = 200 * 1024
const maxPairs = 14
const maxValueChars = 1024

const labels = { service_name: 'loki-beacon-relay', kind: 'check' }
/** The stream of test records. */
export const testLabels = formatLabels(labels)

export function ordinaryEntry(atMs: number): TestEntry {
  return entry(atMs, 'test record of loki-beacon-relay check', [['level', 'info']])
}

/** The longest line, and the most metadata, each in an entry of its own. */
export function largeEntries(atMs: number): TestEntry[] {
  const pairs = Array.from({ length: maxPairs }, (_, i) => [`padding_${i}`, 'x'.repeat(maxValueChars)] as const)
  const frame = messageOf('').length
  return [
    entry(atMs + 1, 'x'.repeat(maxLineBytes - frame), [['level', 'info']]),
    entry(atMs + 2, 'test record of loki-beacon-relay check, with much metadata', pairs),
  ]
}

/** In a stream of its hour, as the relay sends late records. */
export function lateStream(atMs: number): { labels: string; entry: TestEntry } {
  const late = new Date(atMs).toISOString().slice(0, 13)
  return { labels: formatLabels({ ...labels, late }), entry: ordinaryEntry(atMs) }
}

function entry(atMs: number, message: string, metadata: readonly (readonly [string, string])[]): TestEntry {
  const seconds = Math.floor(atMs / 1000)
  return {
    body: encodeEntries([{ seconds, nanos: (Math.floor(atMs) % 1000) * 1e6, line: messageOf(message), metadata }]),
  }
}

/** The id tells it from those of other runs. */
function messageOf(message: string): string {
  return JSON.stringify({ message, id: randomUUID() })
}
