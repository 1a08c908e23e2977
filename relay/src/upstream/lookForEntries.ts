import { decodeEntry, timestampNs } from '../entry.ts'
import { splitLane } from '../lane.ts'
import type { LokiClient, PushResult } from './lokiClient.ts'

/**
 * `looked`: Loki holds all but `missing`. Of those, `unseen` are too old for it to tell: see {@link visibleForMs}.
 * `unreadable`: the credentials may push and not read, or Loki will never answer this question.
 * `failed`: no answer for now.
 */
export type LookResult<Item> =
  | { kind: 'looked'; missing: Item[]; unseen: Item[] }
  | { kind: 'unreadable'; reason: string }
  | { kind: 'failed'; reason: string }

interface SoughtEntry<Item> {
  item: Item
  ns: bigint
  key: string
}

/**
 * Entries older than this are asked for in vain: queries leave the ingesters out beyond
 * `query_store_max_look_back_period`, which is 2 h 41 min where it is set by itself, and answer 200 with nothing.
 */
export const visibleForMs = 150 * 60_000

/** Of the structured metadata, what no two entries of a stream share. */
const recordId = 'record_id'
const secondNs = 1_000_000_000n
const maxWindows = 20
/** A window of an hour of a busy stream is long enough. */
const maxWindowNs = 3600n * secondNs
const maxPageEntries = 5000
const minPageEntries = 10
const maxWidened = 20
const pageBytes = 4 * 1024 * 1024
/** What Loki adds to an entry in its answer, about: the labels, once more for each entry. */
const answerOverheadBytes = 400

/**
 * Asks Loki which of the entries it has: those with the same time, record and line. Equal lines of one page can share a
 * nanosecond: its clock stands still in a loop, and there are a thousand nanoseconds to a microsecond.
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
  const firstVisible = sought.findIndex(({ ns }) => ns >= oldestNs)
  const unseen = firstVisible < 0 ? sought : sought.slice(0, firstVisible)
  const visible = sought.slice(unseen.length)
  const present = new Set<string>()
  const bytes = items.reduce((sum, { body }) => sum + body.byteLength, 0)
  let limit = Math.floor(pageBytes / (bytes / Math.max(1, items.length) + answerOverheadBytes))
  limit = Math.max(minPageEntries, Math.min(maxPageEntries, limit))

  let widened = 0
  for (const { firstNs, lastNs } of windowsOf(visible.map(({ ns }) => ns))) {
    for (let startNs = firstNs; startNs <= lastNs; ) {
      const query = { tenant, logql: labels, startNs, endNs: lastNs + 1n, limit, signal }
      const page = readPage(await client.query(query))
      if (page.kind === 'too much' && limit > minPageEntries) limit = Math.max(minPageEntries, limit >> 1)
      else if (page.kind !== 'entries')
        return { kind: page.kind === 'too much' ? 'failed' : page.kind, reason: page.reason }
      else {
        let newestNs = startNs
        for (const { ns, key } of page.entries) {
          present.add(key)
          if (ns > newestNs) newestNs = ns
        }
        if (page.entries.length < limit) break
        // Entries of the page's last nanosecond may be on the next page too, so it is asked for again.
        if (newestNs > startNs) startNs = newestNs
        else if (widened++ < maxWidened) limit = Math.min(maxPageEntries, limit * 2)
        else return { kind: 'unreadable', reason: `more than ${limit} entries of one nanosecond` }
      }
    }
  }
  const missing = sought.filter(({ key }) => !present.has(key))
  // In the order given: what is pushed again keeps its order.
  const gone = new Set(missing.map(({ item }) => item))
  return { kind: 'looked', missing: items.filter(item => gone.has(item)), unseen: unseen.map(({ item }) => item) }
}

function seek<Item extends { body: Uint8Array }>(item: Item): SoughtEntry<Item> {
  const { metadata, line, ...time } = decodeEntry(item.body)
  const ns = timestampNs(time)
  return { item, ns, key: keyOf(ns, metadata.find(([name]) => name === recordId)?.[1], line) }
}

function keyOf(ns: bigint, record: string | undefined, line: string): string {
  return `${ns} ${record} ${line}`
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
  | { kind: 'entries'; entries: { ns: bigint; key: string }[] }
  | { kind: 'too much' | 'unreadable' | 'failed'; reason: string }

/** Entries of the same labels and the same structured metadata, which Loki lays together. */
interface FoundStream {
  stream: Record<string, string>
  values: [ns: string, line: string][]
}

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
    const { data } = JSON.parse(text) as { data: { result: FoundStream[] } }
    const entries = data.result.flatMap(({ stream, values }) =>
      values.map(([time, line]) => {
        const ns = BigInt(time)
        return { ns, key: keyOf(ns, stream[recordId], line) }
      }),
    )
    return { kind: 'entries', entries }
  } catch {
    return { kind: 'failed', reason: 'the answer to a query is not what Loki answers' }
  }
}
