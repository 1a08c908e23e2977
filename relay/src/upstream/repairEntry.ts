import { decodeEntry, type Entry, encodeEntries } from '../entry.ts'
import { formatLabels, parseLabels, splitLane, withoutLabels } from '../lane.ts'
import { shortenLine } from './shortenLine.ts'

/** What was changed of an entry: its time, its stream, its line or its structured metadata. It says so itself, in `repaired`. */
export type Repair = 'time' | 'stream' | 'line' | 'metadata'

export interface RepairedEntry {
  repair: Repair
  lane: string
  body: Uint8Array
}

export interface RefusedEntry {
  lane: string
  /** One encoded entry. */
  body: Uint8Array
  /** Loki's words. */
  reason: string
  /** Its place among others that are repaired at the same time. */
  position: number
}

const mark = 'repaired'
/** What Loki counts is what it keeps, and that is a little more than what it was sent. */
const spareBytes = 64

/**
 * A refused entry in a form that Loki takes, judged by the reason it gave. Nothing where there is none, or where it has
 * been tried before: what is refused twice is for people to look at.
 *
 * @param nowMs By the clock of Loki, which is what it judges by.
 */
export function repairEntry({ lane, body, reason, position }: RefusedEntry, nowMs: number): RepairedEntry | undefined {
  const entry = decodeEntry(body)
  if (entry.metadata.some(([name]) => name === mark)) return
  const words = withoutLabels(reason)
  if (/timestamp too (old|new)/i.test(words)) return repaired('time', timeless(lane), atTime(entry, nowMs, position))
  if (/too far behind|out of order/i.test(words)) {
    const late = lateLane(lane, entry)
    return late ? repaired('stream', late, entry) : repaired('time', timeless(lane), atTime(entry, nowMs, position))
  }
  const [, lineLimit] = /max entry size '?(\d+)/i.exec(words) ?? []
  if (lineLimit) return repaired('line', lane, { ...entry, line: shortenLine(entry.line, Number(lineLimit)) })
  const [, kind, metadataLimit] = /structured metadata (too large|labels).*?limit: '?(\d+)/is.exec(words) ?? []
  if (!metadataLimit) return
  const bounds = kind === 'labels' ? { maxPairs: Number(metadataLimit) } : { maxBytes: Number(metadataLimit) }
  return repaired('metadata', lane, { ...entry, metadata: firstPairs(entry.metadata, bounds) })
}

function repaired(repair: Repair, lane: string, entry: Entry): RepairedEntry {
  return { repair, lane, body: encodeEntries([{ ...entry, metadata: [...entry.metadata, [mark, repair]] }]) }
}

/** Now, with the last digits of its own, which keep times unique; its own time stays with it as `event_time`. */
function atTime(entry: Entry, nowMs: number, position: number): Entry {
  const us = Math.floor(nowMs * 1000) + position
  const seconds = Math.floor(us / 1e6)
  const named = entry.metadata.some(([name]) => name === 'event_time')
  const own = new Date(entry.seconds * 1000 + Math.floor(entry.nanos / 1e6)).toISOString()
  return {
    ...entry,
    seconds,
    nanos: (us - seconds * 1e6) * 1000 + (entry.nanos % 1000),
    metadata: named ? entry.metadata : [...entry.metadata, ['event_time', own]],
  }
}

/** The stream of records that come late, one for each hour. Nothing when it is there already. */
function lateLane(lane: string, { seconds }: Entry): string | undefined {
  const { tenant, labels } = splitLane(lane)
  const { late, ...others } = parseLabels(labels)
  if (late !== undefined) return
  return `${tenant} ${formatLabels({ ...others, late: new Date(seconds * 1000).toISOString().slice(0, 13) })}`
}

function timeless(lane: string): string {
  const { tenant, labels } = splitLane(lane)
  const { late: _late, ...others } = parseLabels(labels)
  return `${tenant} ${formatLabels(others)}`
}

/** With room for the mark. */
function firstPairs(
  pairs: Entry['metadata'],
  { maxPairs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY },
): Entry['metadata'] {
  let bytes = spareBytes
  return pairs.slice(0, Math.max(0, maxPairs - 1)).filter(([name, value]) => {
    const more = Buffer.byteLength(name) + Buffer.byteLength(value)
    if (bytes + more > maxBytes) return false
    bytes += more
    return true
  })
}
