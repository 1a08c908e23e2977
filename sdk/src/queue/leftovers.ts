import type { BatchInfo } from '../batch.ts'
import type { Config } from '../config.ts'
import type { DropReason, Drops } from '../drops.ts'
import type { FlushLock } from './flushLock.ts'
import type { BatchSource, Queue } from './queue.ts'

/** What earlier pages with the same app key left on the device, and other tabs have not got rid of yet. */
export interface Leftovers extends BatchSource {
  /** Looks for rows and, once it is this tab's turn, supplies them. During a turn: looks again after it. */
  start(): void
  /** Lets go of the lock and of all rows: a hidden page must not hold anything. */
  stop(): void
  /** Rows found and not settled, but for one that is being sent, and for new ones: their page may well live, and sends them. */
  idle(): BatchInfo[]
}

export interface LeftoversOptions {
  config: Pick<Config, 'buffer'>
  queue: Queue
  lock: FlushLock
  /** Whether a row is this page's own. */
  owns: (id: string) => boolean
  wallMs: () => number
  drops: Drops
  onFound: () => void
  /** Told of whatever the queue rejected with. */
  onUnreadable: (error: unknown) => void
}

/** A batch this old is closed, whoever owns it, in ms. */
const freshMs = 10_000

/**
 * Rows of other live tabs are not spared: whoever sends a batch first, the relay stores it once, and its owner hears
 * that it is a duplicate. So nothing has to be known about who is alive.
 *
 * The records are not of this page: they are in none of its counts. What is dropped here only the relay is told.
 */
export function createLeftovers(options: LeftoversOptions): Leftovers {
  const { config, queue, lock, owns, wallMs, drops, onFound, onUnreadable } = options
  let rows: BatchInfo[] = []
  let sending: string | undefined
  let turn: AbortController | undefined
  let endTurn = () => {}
  let again = false

  return {
    start,
    stop,
    drop,
    idle: () => rows.filter(row => row.id !== sending && !isFresh(row)),
    async next() {
      try {
        for (const info of [...rows]) {
          if (wallMs() - info.createdAtMs > config.buffer.maxAgeMs) {
            drop(info, 'too_old')
            continue
          }
          sending = info.id
          const batch = await queue.read(info.id)
          if (batch) return batch
          // Its own tab, or an earlier turn of another, was quicker.
          settle(info)
        }
      } catch (error) {
        onUnreadable(error)
        stop()
      }
    },
    confirm(batch, refused) {
      drops.tell(refused)
      settle(batch)
    },
    postpone(batch) {
      sending = undefined
      const index = rows.findIndex(({ id }) => id === batch.id)
      if (index >= 0) rows.push(...rows.splice(index, 1))
    },
    replace(batch, halves) {
      const index = rows.findIndex(({ id }) => id === batch.id)
      // Its owner may still be filling it, and would split it elsewhere under the same ids: left alone for this time.
      const mayGrow = isFresh(batch)
      sending = undefined
      if (index >= 0) rows.splice(index, 1, ...(mayGrow ? [] : halves))
      if (!mayGrow) queue.write(halves, [batch.id]).catch(onUnreadable)
      if (!rows.length) endTurn()
    },
  }

  function isFresh({ createdAtMs }: BatchInfo): boolean {
    return wallMs() - createdAtMs < freshMs
  }

  function start(): void {
    again = turn !== undefined
    if (turn) return
    turn = new AbortController()
    const { signal } = turn
    lookAndTake(signal)
      .catch(onUnreadable)
      .then(() => {
        if (signal.aborted) return
        stop()
        if (again) start()
      })
  }

  async function lookAndTake(signal: AbortSignal): Promise<void> {
    if ((await foreignRows()).length) await lock(signal, () => takeTurn(signal))
  }

  /** Ends when the last of the rows is settled. */
  async function takeTurn(signal: AbortSignal): Promise<void> {
    const found = await foreignRows()
    if (!found.length || signal.aborted) return
    rows = found
    await new Promise<void>(resolve => {
      endTurn = resolve
      onFound()
    })
  }

  async function foreignRows(): Promise<BatchInfo[]> {
    return (await queue.list()).filter(({ id }) => !owns(id))
  }

  function stop(): void {
    rows = []
    turn?.abort()
    turn = undefined
    endTurn()
  }

  function drop(info: BatchInfo, reason: DropReason): void {
    drops.tell({ [reason]: info.count })
    settle(info)
  }

  /** The row goes, unless the batch has grown since: then its owner is alive and sends the rest. */
  function settle(info: BatchInfo): void {
    sending = undefined
    rows = rows.filter(({ id }) => id !== info.id)
    queue.removeUnlessGrown(info).catch(onUnreadable)
    if (!rows.length) endTurn()
  }
}
