import { decodeEntry, timestampNs } from '../entry.ts'
import { splitLane } from '../lane.ts'
import type { LokiClient, PushResult } from './lokiClient.ts'

/**
 * `looked`: Loki holds all but `missing`. Of those, `unseen` are too old for it to tell: see {@link visibleForMs}.
 * `unreadable`: the credentials may push and not read, or Loki will never answer this question.
 * `failed`: no answer for now.
 */
export type LookResult<Item> =
  | { kind: 'looked'; missing: Item[]; unseen: number }
  | { kind: 'unreadable'; reason: string }
  | { kind: 'failed'; reason: string }

interface SoughtEntry<Item> {
  item: Item
  ns: bigint
  line: string
}

/**
 * Entries older than this are asked for in vain: queries leave the ingesters out beyond
 * `query_store_max_look_back_period`, which is 2 h 41 min where it is set by itself, and answer 200 with nothing.
 */
export const visibleForMs = 150 * 60_000

const secondNs = 1_000_000_000n
const maxWindows = 20
/** A window of an hour of a busy stream is long enough. */
const maxWindowNs = 3600n * secondNs
const maxPageEntries = 5000
const minPageEntries = 10
const pageBytes = 4 * 1024 * 1024
/** What Loki adds to an entry in its answer, about: the labels, once more for each entry. */
const answerOverheadBytes = 400

/**
 * Asks Loki which of the entries it has: those with the same time and the same line, since times are unique in a stream.
 *
 * The query is the bare stream selector: with a line filter Loki would answer from a cache that a later push does not renew.
 */
export async function lookForEntries<Item extends { body: Uint8Array }>(
  client: Pick<LokiClient, 'query'>,
  lane: string,
  items: readonly Item[],
  { nowMs, signal }: { nowMs: number; signal?: AbortSignal },
): Promise<LookResult<Item>> {
  const { tenant, labels } = splitLane(lane)
  const oldestNs = BigInt(Math.floor(nowMs - visibleForMs)) * 1_000_000n
  const sought = items.map(seek).sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0))
  const visible = sought.filter(({ ns }) => ns >= oldestNs)
  const present = new Set<string>()
  const bytes = items.reduce((sum, { body }) => sum + body.byteLength, 0)
  let limit = Math.floor(pageBytes / (bytes / Math.max(1, items.length) + answerOverheadBytes))
  limit = Math.max(minPageEntries, Math.min(maxPageEntries, limit))

  for (const { firstNs, lastNs } of windowsOf(visible.map(({ ns }) => ns))) {
    for (let startNs = firstNs; startNs <= lastNs; ) {
      const query = { tenant, logql: labels, startNs, endNs: lastNs + 1n, limit, signal }
      const page = readPage(await client.query(query))
      if (page.kind === 'too much' && limit > minPageEntries) limit = Math.max(minPageEntries, limit >> 1)
      else if (page.kind !== 'entries')
        return { kind: page.kind === 'too much' ? 'failed' : page.kind, reason: page.reason }
      else {
        for (const [ns, line] of page.entries) present.add(keyOf(ns, line))
        if (page.entries.length < limit) break
        startNs = nextStart(startNs, page.entries)
      }
    }
  }
  const missing = sought.filter(({ ns, line }) => !present.has(keyOf(ns, line)))
  // In the order given: what is pushed again keeps its order.
  const gone = new Set(missing.map(({ item }) => item))
  return { kind: 'looked', missing: items.filter(item => gone.has(item)), unseen: sought.length - visible.length }
}

function seek<Item extends { body: Uint8Array }>(item: Item): SoughtEntry<Item> {
  const entry = decodeEntry(item.body)
  return { item, ns: timestampNs(entry), line: entry.line }
}

function keyOf(ns: bigint | string, line: string): string {
  return `${ns} ${line}`
}

/** Ranges around the sorted times, so that one straggler does not make us read an hour of other people's entries. */
function windowsOf(sorted: readonly bigint[]): { firstNs: bigint; lastNs: bigint }[] {
  for (let gapNs = 10n * secondNs; ; gapNs *= 2n) {
    const windows: { firstNs: bigint; lastNs: bigint }[] = []
    for (const ns of sorted) {
      const last = windows.at(-1)
      if (last && ns - last.lastNs <= gapNs && ns - last.firstNs <= maxWindowNs) last.lastNs = ns
      else windows.push({ firstNs: ns, lastNs: ns })
    }
    if (windows.length <= maxWindows || gapNs >= maxWindowNs) return windows
  }
}

type Page =
  | { kind: 'entries'; entries: [ns: string, line: string][] }
  | { kind: 'too much' | 'unreadable' | 'failed'; reason: string }

function readPage(result: PushResult): Page {
  if (result.failure === 'request') return { kind: 'unreadable', reason: result.reason }
  if (result.failure === 'network') {
    return { kind: result.answerTooLong ? 'too much' : 'failed', reason: result.reason }
  }
  const { status, text } = result
  if (status === 200) return parsePage(text)
  const reason = `${status} ${text.trim().slice(0, 300)}`
  if (/max entries limit|larger than max|ResourceExhausted/i.test(text)) return { kind: 'too much', reason }
  const passing = status === 429 || status === 408 || status === 499 || status >= 500
  return { kind: passing ? 'failed' : 'unreadable', reason }
}

function parsePage(text: string): Page {
  try {
    const { data } = JSON.parse(text) as { data: { result: { values: [string, string][] }[] } }
    return { kind: 'entries', entries: data.result.flatMap(({ values }) => values) }
  } catch {
    return { kind: 'failed', reason: 'the answer to a query is not what Loki answers' }
  }
}

/** Entries of the page's last nanosecond may be on the next page too, so it is asked for again. */
function nextStart(startNs: bigint, entries: readonly [ns: string, line: string][]): bigint {
  const lastNs = entries.reduce((max, [ns]) => (BigInt(ns) > max ? BigInt(ns) : max), startNs)
  return lastNs > startNs ? lastNs : startNs + 1n
}
