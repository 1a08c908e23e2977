import type { Batch } from '../batch.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import type { Queue } from './queue.ts'

export interface RowWriter {
  /** The batch is new or has grown: its row is written soon, or at once when it is urgent. */
  put(batch: Batch, urgent: boolean): void
  /** The batch is settled: its row goes, if it ever had one. */
  remove(id: string): void
  /** Whether the batch is settled and its row may still be there. */
  isLeaving(id: string): boolean
  /** Begins to write all that waits, now. */
  writeAll(): void
  /** Batches of which no finished write has the newest state. */
  unwritten(): Batch[]
  /** Nothing is written from now on, until it is let go on. What is on the device stays there. */
  hold(isHeld: boolean): void
  /** The page is back: what was being written when it was hidden is written again. */
  resume(): void
}

export interface RowWriterOptions {
  queue: Queue
  native: NativeMethods
  /** Told after each transaction. */
  onWritten: (failed: boolean) => void
}

/**
 * The least time between two writes that nothing hurries, in ms. Less than the pipeline holds records back for: else
 * those that come at its pace would wait a second time.
 */
const writeIntervalMs = 200
/** Rows in one transaction: keeps a burst from blocking the page while it is cloned. */
const rowsPerWrite = 4

/**
 * Writes batches ahead of sending, so that they survive the page. What could not be written waits for the next
 * occasion; the batches themselves are in memory.
 *
 * The first write after a pause is begun at once. When a page is left, Chromium drops transactions that it has not
 * begun to process, and the sooner a record is on its way the fewer hang on that moment.
 */
export function createRowWriter({ queue, native, onWritten }: RowWriterOptions): RowWriter {
  const waiting = new Map<string, Batch>()
  const removed = new Set<string>()
  const written = new Set<string>()
  let timer: number | undefined
  /** Transactions whose end is not known yet. */
  const current = new Set<{ puts: Batch[]; removes: string[] }>()
  let hurried = false
  let failed = false
  let isHeld = false

  return {
    put(batch, urgent) {
      waiting.set(batch.id, batch)
      if (removed.delete(batch.id)) written.add(batch.id)
      schedule(urgent)
    },
    remove(id) {
      waiting.delete(id)
      if (!written.delete(id)) return
      removed.add(id)
      schedule(false)
    },
    isLeaving: id => removed.has(id) || [...current].some(({ removes }) => removes.includes(id)),
    writeAll: () => void write(waiting.size),
    unwritten: () => [...new Set([...[...current].flatMap(write => write.puts), ...waiting.values()])],
    hold(held) {
      isHeld = held
      if (!held) schedule(true)
    },
    // In Firefox the events of a transaction that ends while its page is in the back/forward cache never come.
    resume() {
      if (!current.size) return
      for (const write of current) takeBack(write)
      current.clear()
      schedule(true)
    },
  }

  function schedule(urgent: boolean): void {
    hurried ||= urgent
    if (!current.size && (hurried || !timer)) write(rowsPerWrite)
  }

  async function write(rows: number): Promise<void> {
    if (isHeld) return
    const puts = [...waiting.values()].slice(0, rows)
    // With the last rows only: the halves of a split batch are on disk before the whole goes.
    const removes = puts.length === waiting.size ? [...removed] : []
    if (!puts.length && !removes.length) return
    for (const id of removes) removed.delete(id)
    for (const batch of puts) {
      waiting.delete(batch.id)
      written.add(batch.id)
    }
    native.clearTimeout(timer)
    timer = native.setTimeout(endInterval, writeIntervalMs)
    hurried = waiting.size > 0 && (hurried || puts.length === rowsPerWrite)
    const own = { puts, removes }
    current.add(own)
    const hasFailed = await queue.write(puts, removes).then(
      () => false,
      () => true,
    )
    if (!current.delete(own)) return
    failed = hasFailed
    if (failed) {
      hurried = false
      takeBack(own)
    }
    onWritten(failed)
    if (hurried) write(rowsPerWrite)
    // The interval has ended during a slow write.
    else if (timer === undefined) endInterval()
  }

  function takeBack({ puts, removes }: { puts: Batch[]; removes: string[] }): void {
    for (const id of removes) removed.add(id)
    // Not those that were settled in the meantime, nor those that have grown.
    for (const batch of puts) if (written.has(batch.id) && !waiting.has(batch.id)) waiting.set(batch.id, batch)
  }

  function endInterval(): void {
    timer = undefined
    if (!failed && (waiting.size || removed.size)) schedule(false)
  }
}
