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
  totals(): { delivered: number; pending: number; bytes: number }
}

export interface BacklogOptions {
  config: Pick<Config, 'batch' | 'buffer'>
  newBatch: (context: string) => Batch
  wallMs: () => number
  drops: Drops
  writer: RowWriter
}

interface Entry {
  batch: Batch
  number: number
  state: 'open' | 'ready' | 'sending' | 'beaconed'
}

/** A full buffer drops whole batches: none may be more than this part of it. */
const batchesInBuffer = 8

const errorSeverity = levels.indexOf('error')

export function createBacklog({ config, newBatch, wallMs, drops, writer }: BacklogOptions): Backlog {
  const { batch: limits, buffer } = config
  const maxBytes = Math.min(limits.maxBytes, buffer.maxBytes / batchesInBuffer)
  /** In the order of sending. */
  const entries = new Map<string, Entry>()
  let open: Batch | undefined
  let openContext: string
  let lastNumber = 0
  let delivered = 0

  return {
    append(records, context) {
      if (context !== openContext) close()
      openContext = context
      for (const { line, bytes, level } of records) {
        if (open && (open.count >= limits.maxRecords || open.bytes + bytes >= maxBytes)) close()
        if (!open) {
          open = newBatch(context)
          entries.set(open.id, { batch: open, number: ++lastNumber, state: 'open' })
        }
        const severity = levels.indexOf(level)
        open.lines += open.count ? `\n${line}` : line
        open.bytes += bytes + 1
        open.count++
        open.severity = Math.max(open.severity, severity)
        if (open.count >= limits.maxRecords) close()
      }
      if (open)
        writer.put(
          open,
          records.some(record => levels.indexOf(record.level) >= errorSeverity),
        )
    },
    close,
    drop,
    owns: id => entries.has(id),
    isOpen: () => open !== undefined,
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
        if (wallMs() - entry.batch.createdAtMs <= buffer.maxAgeMs) {
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
      if (buffer.persistence === 'none') return drop(batch, 'buffer_overflow')
      entry.state = 'ready'
      // To the end of the line: a batch that the relay can't digest must not hold up the others.
      entries.delete(batch.id)
      entries.set(batch.id, entry)
    },
    replace(batch, halves) {
      const number = entries.get(batch.id)?.number ?? 0
      for (const half of halves) {
        entries.set(half.id, { batch: half, number, state: 'ready' })
        writer.put(half, false)
      }
      forget(batch.id)
    },
  }

  function close(): void {
    const entry = open && entries.get(open.id)
    open = undefined
    if (!entry) return
    entry.state = 'ready'
    entry.batch.drops = drops.takeUntold()
    writer.put(entry.batch, entry.batch.severity >= errorSeverity)
  }

  function drop({ id, count }: BatchInfo, reason: DropReason): void {
    drops.tell(entries.get(id)?.batch.drops ?? {})
    forget(id)
    drops.count(reason, count)
  }

  function forget(id: string): void {
    if (open?.id === id) open = undefined
    entries.delete(id)
    writer.remove(id)
  }

  function select(wanted: (entry: Entry) => boolean): Batch[] {
    return [...entries.values()].filter(wanted).map(entry => entry.batch)
  }
}
