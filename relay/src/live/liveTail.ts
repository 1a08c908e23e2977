import { decodeEntry, type EncodedEntry } from '../entry.ts'

/** One record as it was stored: what Loki gets. */
export interface LiveRecord extends EncodedEntry {
  stream: { app: string; tenant: string; labels: Readonly<Record<string, string>> }
  level: string
}

/** A record as the page gets it. Made only for those that somebody looks at: most leave unseen. */
export interface LiveEntry {
  /** Counts up from 1 within this process. */
  id: number
  app: string
  tenant: string
  labels: Readonly<Record<string, string>>
  metadata: Record<string, string>
  /** Event time in ms since the epoch. */
  timestampMs: number
  /** When the relay had it on disk, in ms since the epoch. */
  receivedAtMs: number
  /** The log line: JSON, unless the app is configured otherwise. */
  line: string
}

export interface LiveSlice {
  entries: LiveEntry[]
  /** Records after the asked id that are no longer here. */
  missed: number
}

/** A caller that was turned away: the usual reason for "nothing arrives". */
export interface LiveRefusal {
  /** A code of the relay's error table, such as `origin_not_allowed`. */
  code: string
  origin?: string
  key?: string
}

export interface CountedRefusal extends LiveRefusal {
  times: number
  lastAtMs: number
}

export interface LiveCounts {
  records: number
  byApp: Record<string, number>
  byLevel: Record<string, number>
}

export interface LiveTail {
  /** Tells one process's ids from those of the next one. */
  readonly epoch: string
  /** Shows records that are on disk since now. Cheap, never throws; the oldest leave when there are too many. */
  publish(records: readonly LiveRecord[]): void
  /** Notes a caller that was turned away; equal ones are counted together. */
  refused(refusal: LiveRefusal): void
  /** What came after `id`, oldest first: at most `maxRecords`, or `maxBytes` and at least one. */
  since(id: number, bounds?: { maxRecords?: number; maxBytes?: number }): LiveSlice
  /** The newest refusal first. */
  refusals(): CountedRefusal[]
  /** What was published since the start, also what is no longer here. */
  counts(): LiveCounts
  /** Calls `wake` after each publish, and once with `true` when the tail closes. Returns the way out. */
  subscribe(wake: (closed: boolean) => void): () => void
  /** Ends the viewers' streams, which else would keep a server from closing. */
  close(): void
}

export interface LiveTailOptions {
  /** @defaultValue `2000` */
  maxRecords?: number
  /** Of the encoded records, and something for the rest; the oldest batch is kept whole while one of its records is. @defaultValue `4194304` */
  maxBytes?: number
  /** Distinct refusals kept; the one not seen for longest leaves. @defaultValue `50` */
  maxRefusals?: number
  now?: () => number
}

/** Origins and keys come from strangers: cut them to what a person can read. */
const maxRefusalFieldChars = 200
/** What a record costs beside its encoded bytes. */
const recordOverheadBytes = 200

/** Records that came together. Kept as they are: a copy of each would cost more than all else here. */
interface Arrival {
  records: readonly LiveRecord[]
  /** Id of the first one. */
  firstId: number
  atMs: number
}

/**
 * The last records that arrived, for the live page: in memory, bounded by count and bytes.
 * It holds no promise; the spool does.
 */
export function createLiveTail(options: LiveTailOptions = {}): LiveTail {
  const { maxRecords = 2000, maxBytes = 4 * 1024 * 1024, maxRefusals = 50, now = Date.now } = options
  const epoch = now().toString(36)
  const arrivals: Arrival[] = []
  const byApp = new Map<string, number>()
  const byLevel = new Map<string, number>()
  const refusals = new Map<string, CountedRefusal>()
  const subscribers = new Set<(closed: boolean) => void>()
  let firstId = 1
  let nextId = 1
  let bytes = 0

  function shift(): void {
    const [{ records, firstId: first }] = arrivals as [Arrival]
    bytes -= sizeOf(records[firstId - first]!)
    firstId++
    if (firstId === first + records.length) arrivals.shift()
  }

  return {
    epoch,
    publish(records) {
      if (records.length === 0) return
      arrivals.push({ records, firstId: nextId, atMs: now() })
      nextId += records.length
      let alike = 0
      for (let i = 0; i < records.length; i++) {
        const record = records[i]!
        const next = records[i + 1]
        bytes += sizeOf(record)
        alike++
        if (next?.stream === record.stream && next.level === record.level) continue
        count(byApp, record.stream.app, alike)
        count(byLevel, record.level, alike)
        alike = 0
      }
      while (nextId - firstId > maxRecords || bytes > maxBytes) shift()
      for (const wake of subscribers) wake(false)
    },
    refused({ code, origin, key }) {
      const refusal = { code, origin: cut(origin), key: cut(key) }
      const name = JSON.stringify(Object.values(refusal))
      const times = (refusals.get(name)?.times ?? 0) + 1
      // Deleted and set again: a Map keeps the order of insertion, so the first is the one not seen for longest.
      refusals.delete(name)
      refusals.set(name, { ...refusal, times, lastAtMs: now() })
      if (refusals.size > maxRefusals) refusals.delete(refusals.keys().next().value!)
    },
    since(id, bounds = {}) {
      const limit = bounds.maxRecords ?? maxRecords
      const limitBytes = bounds.maxBytes ?? maxBytes
      const from = Math.max(firstId, id + 1)
      const missed = Math.max(0, from - id - 1)
      const entries: LiveEntry[] = []
      let taken = 0
      for (const { records, firstId: first, atMs } of arrivals)
        for (let i = Math.max(0, from - first); i < records.length; i++) {
          const record = records[i]!
          taken += sizeOf(record)
          if (entries.length === limit || (taken > limitBytes && entries.length > 0)) return { entries, missed }
          entries.push(show(first + i, record, atMs))
        }
      return { entries, missed }
    },
    refusals: () => [...refusals.values()].reverse(),
    counts: () => ({
      records: nextId - 1,
      byApp: Object.fromEntries(byApp),
      byLevel: Object.fromEntries(byLevel),
    }),
    subscribe(wake) {
      subscribers.add(wake)
      return () => {
        subscribers.delete(wake)
      }
    },
    close() {
      for (const wake of subscribers) wake(true)
      subscribers.clear()
    },
  }
}

function sizeOf({ start, end }: LiveRecord): number {
  return recordOverheadBytes + end - start
}

function show(id: number, { stream, body, start, end }: LiveRecord, receivedAtMs: number): LiveEntry {
  const entry = decodeEntry(body.subarray(start, end))
  return {
    id,
    app: stream.app,
    tenant: stream.tenant,
    labels: stream.labels,
    metadata: Object.fromEntries(entry.metadata),
    timestampMs: entry.seconds * 1000 + entry.nanos / 1e6,
    receivedAtMs,
    line: entry.line,
  }
}

function count(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more)
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= maxRefusalFieldChars ? text : `${text.slice(0, maxRefusalFieldChars)}...`
}
