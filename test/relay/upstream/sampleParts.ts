import { type Entry, encodeEntries } from '../../../relay/src/entry.ts'
import type { Part } from '../../../relay/src/spool/spool.ts'

/** One entry a millisecond from the given time on, with the nanoseconds saying which. */
export function sampleEntries(lines: readonly string[], startMs: number): Entry[] {
  return lines.map((line, i) => {
    const ms = startMs + i
    return {
      seconds: Math.floor(ms / 1000),
      nanos: (ms % 1000) * 1_000_000 + (i % 1000),
      line,
      metadata: [
        ['level', 'info'],
        ['record_id', `page-${i}`],
      ],
    }
  })
}

export function samplePart(lane: string, lines: readonly string[], startMs = Date.now()): Part {
  return { lane, records: lines.length, body: encodeEntries(sampleEntries(lines, startMs)) }
}

/** `count` distinct lines. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i}`)
}
