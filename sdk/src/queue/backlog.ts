import type { Batch, BatchInfo, SerializedRecord } from '../batch.ts'
import type { Config } from '../config.ts'
import type { DropReason, Drops } from '../drops.ts'
import { levels } from '../wire.ts'
import type { BatchSource } from './queue.ts'
import type { RowWriter } from './rowWriter.ts'

/** The records of this page that are neither delivered nor dropped. All are in memory, whatever is on disk. */
export interface Backlog extends BatchSource {
  /** `context` is that of the records, as JSON: a batch has one. */
  append(records: readonly SerializedRecord[], context: string): void
  /** Ends the open batch: from now on it may be sent, and never grows again. */
  close(): void
  /** Has the relay told of drops that no batch carries yet, by one without records. */
  tellDrops(context: string): void
  owns(id: string): boolean
  /** Whether a batch is being filled. */
  isOpen(): boolean
  /** Batches that nobody is sending right now. */
  idle(): Batch[]
  /** Batches that the relay has not confirmed, and that were not beaconed since the page was last visible. */
  unsent(): Batch[]
  markBeaconed(batches: readonly Batch[]): void
  /** A beacon proves nothing: what was beaconed is to be sent again. */
  forgetBeacons(): void
  /** Number of the newest batch; `settled(mark)` says whether it and all before it are delivered or dropped. */
  mark(): number
  settled(mark: number): boolean
  /** Drops all but what is being sent, and that too should it come back; until it is called without a reason. */
  refuse(reason?: DropReason): void
  totals(): { delivered: number; pending: number; bytes: number }
}

export interface BacklogOptions {
  config: Pick<Config, 'batch' | 'buffer'>
  newBatch: (context: string) => Batch
  wallMs: () => number
  drops: Drops
  writer: RowWriter
}

/** One for errors, which outlive the rest when the buffer is full or a beacon has little room, and one for the rest. */
type Lane = 'errors' | 'rest'

interface Entry {
  batch: Batch
  number: number
  state: 'open' | 'ready' | 'sending' | 'beaconed'
}

/**
 * What comes at once stays together in up to so many times `batch.maxBytes`: each request costs the page's main thread
 * about a millisecond, whatever its size, and each row its place in a transaction.
 */
const growth = 8

/** A full buffer drops whole batches: none may be more than this part of it. */
const batchesInBuffer = 8

const errorSeverity = levels.indexOf('error')

export function createBacklog({ config, newBatch, wallMs, drops, writer }: BacklogOptions): Backlog {
  const { batch: limits, buffer } = config
  const largestBytes = Math.min(limits.maxBytes * growth, buffer.maxBytes / batchesInBuffer)
  /** In the order of sending. */
  const entries = new Map<string, Entry>()
  const open: Partial<Record<Lane, Batch | undefined>> = {}
  let openContext: string
  let lastNumber = 0
  let delivered = 0
  let refusal: DropReason | undefined

  return {
    append(records, context) {
      if (context !== openContext) close()
      openContext = context
      for (const record of records) add(record, context)
      endAppend('rest')
      endAppend('errors')
    },
    close,
    tellDrops(context) {
      const untold = drops.takeUntold()
      if (!untold) return
      const { id } = begin(context, untold)
      const entry = entries.get(id)!
      entry.state = 'ready'
      writer.put(entry.batch, false)
    },
    drop,
    owns: id => entries.has(id),
    isOpen: () => open.rest !== undefined || open.errors !== undefined,
    idle: () => select(entry => entry.state !== 'sending'),
    unsent: () => select(entry => entry.state !== 'beaconed'),
    markBeaconed(batches) {
      for (const { id } of batches) {
        const entry = entries.get(id)
        if (entry?.state === 'ready') entry.state = 'beaconed'
      }
    },
    forgetBeacons() {
      for (const entry of entries.values()) if (entry.state === 'beaconed') entry.state = 'ready'
    },
    mark: () => lastNumber,
    settled: mark => ![...entries.values()].some(entry => entry.number <= mark),
    totals() {
      let pending = 0
      let bytes = 0
      for (const { batch } of entries.values()) {
        pending += batch.count
        bytes += batch.bytes
      }
      return { delivered, pending, bytes }
    },

    next() {
      for (const entry of entries.values()) {
        if (entry.state !== 'ready') continue
        if (!entry.batch.count || wallMs() - entry.batch.createdAtMs <= buffer.maxAgeMs) {
          entry.state = 'sending'
          return entry.batch
        }
        drop(entry.batch, 'too_old')
      }
    },
    confirm(batch, refused) {
      forget(batch.id)
      let left = batch.count
      for (const reason of Object.keys(refused) as DropReason[]) {
        const count = Math.min(refused[reason] ?? 0, left)
        left -= count
        drops.count(reason, count)
      }
      delivered += left
    },
    postpone(batch) {
      const entry = entries.get(batch.id)
      if (!entry) return
      if (refusal || buffer.persistence === 'none') return drop(batch, refusal ?? 'buffer_overflow')
      entry.state = 'ready'
      // To the end of the line: a batch that the relay can't digest must not hold up the others.
      entries.delete(batch.id)
      entries.set(batch.id, entry)
    },
    replace(batch, halves) {
      const number = entries.get(batch.id)?.number ?? 0
      forget(batch.id)
      for (const part of halves) entries.set(part.id, { batch: part, number, state: 'ready' })
      // The rest first: the part that keeps the id takes the place of the whole. Soon: both may be delivered in no time,
      // and the next visit would find the whole, or what of it was written, and send the rest again under the id of the whole.
      for (const part of [...halves].reverse()) writer.put(part, true)
    },
    refuse(reason) {
      refusal = reason
      if (reason) for (const { batch, state } of entries.values()) if (state !== 'sending') drop(batch, reason)
    },
  }

  function add({ line, bytes, level }: SerializedRecord, context: string): void {
    const severity = levels.indexOf(level)
    const lane = severity < errorSeverity ? 'rest' : 'errors'
    const last = open[lane]
    if (last && last.bytes + bytes >= largestBytes) closeLane(lane, true)
    open[lane] ??= begin(context)
    const batch = open[lane]
    batch.lines += batch.count ? `\n${line}` : line
    batch.bytes += bytes + 1
    batch.count++
    batch.severity = Math.max(batch.severity, severity)
    if (batch.count >= limits.maxRecords) closeLane(lane, true)
  }

  function endAppend(lane: Lane): void {
    const batch = open[lane]
    if (!batch) return
    if (batch.bytes >= Math.min(limits.maxBytes, largestBytes)) closeLane(lane, true)
    else writer.put(batch, lane === 'errors')
  }

  function begin(context: string, untold = drops.takeUntold()): Batch {
    const batch = newBatch(context)
    // From the first attempt on: those of a batch that the relay already knows it takes for told.
    if (untold) batch.drops = untold
    entries.set(batch.id, { batch, number: ++lastNumber, state: 'open' })
    return batch
  }

  function close(): void {
    closeLane('errors', false)
    closeLane('rest', false)
  }

  function closeLane(lane: Lane, hasGrown: boolean): void {
    const entry = open[lane] && entries.get(open[lane].id)
    open[lane] = undefined
    if (!entry) return
    entry.state = 'ready'
    if (hasGrown) writer.put(entry.batch, lane === 'errors')
  }

  function drop({ id, count }: BatchInfo, reason: DropReason): void {
    const entry = entries.get(id)
    forget(id)
    drops.count(reason, count)
    if (!entry?.batch.drops) return
    // Some of it may have got there: without its records it tells the same drops once. What the relay refused it has not.
    if (count && (reason === 'buffer_overflow' || reason === 'too_old')) keepWithoutRecords(entry)
    else drops.tell(entry.batch.drops)
  }

  function keepWithoutRecords({ batch, number }: Entry): void {
    const empty = { ...batch, lines: '', count: 0, bytes: 0, severity: 0 }
    entries.set(batch.id, { batch: empty, number, state: 'ready' })
    writer.put(empty, false)
  }

  function forget(id: string): void {
    if (open.errors?.id === id) open.errors = undefined
    if (open.rest?.id === id) open.rest = undefined
    entries.delete(id)
    writer.remove(id)
  }

  function select(wanted: (entry: Entry) => boolean): Batch[] {
    return [...entries.values()].filter(wanted).map(entry => entry.batch)
  }
}
