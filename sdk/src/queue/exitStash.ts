import { type Batch, rowVersion } from '../batch.ts'
import type { LocalStore } from '../web/localStore.ts'
import type { Queue } from './queue.ts'

export interface ExitStash extends Queue {
  /** Keeps batches, synchronously, that the queue may have no time for any more. */
  keep(batches: readonly Batch[]): void
  /** The page goes on: it has them all itself. */
  forget(): void
}

/** Of the 5 MiB, in UTF-16 units, that an origin has at all, and the page's own code wants some of it. */
const maxChars = 256 * 1024

/**
 * A queue whose last rows survive too. When a page goes, WebKit drops every transaction begun at that moment, and says
 * that it was completed; Chromium those that it has not begun to process. What is written to localStorage stays.
 *
 * Items lie under `loki-beacon:<app key>/<batch id>`. Batches are closed by then, so an item is never older than its row.
 */
export function withExitStash(queue: Queue, store: LocalStore, appKey: string): ExitStash {
  const prefix = `loki-beacon:${appKey}/`
  const mine: string[] = []

  function read(id: string): Batch | undefined {
    try {
      const batch = JSON.parse(store.getItem(prefix + id) ?? '')
      return batch.v === rowVersion && typeof batch.lines === 'string' && typeof batch.header === 'string'
        ? batch
        : undefined
    } catch {
      return undefined
    }
  }

  /** Those before the first for which there is no room. */
  function stash(batches: readonly Batch[]): string[] {
    const ids: string[] = []
    let chars = 0
    for (const batch of batches) {
      const text = JSON.stringify(batch)
      chars += text.length
      if (chars > maxChars || !store.setItem(prefix + batch.id, text)) break
      ids.push(batch.id)
    }
    return ids
  }

  function stashedIds(): string[] {
    return store.names(prefix).map(name => name.slice(prefix.length))
  }

  function forget(ids: readonly string[]): void {
    for (const id of ids) store.removeItem(prefix + id)
  }

  return {
    ...queue,
    keep(batches) {
      mine.push(...stash(batches))
    },
    forget: () => forget(mine.splice(0)),
    write(puts, removes) {
      // The parts of a batch that lay here take its place here: else its old form would be read before the new rows.
      const lie = removes.some(read)
      forget(removes)
      if (lie) stash(puts)
      return queue.write(puts, removes)
    },
    async list() {
      let fault: unknown
      const rows = await queue.list().catch(error => {
        fault = error
        return []
      })
      // After it, since the first look into localStorage holds a page up for some milliseconds.
      const ids = stashedIds()
      const stashed = ids.map(read).filter(batch => batch !== undefined)
      if (fault && !stashed.length) throw fault
      return [...stashed, ...rows.filter(({ id }) => !ids.includes(id))]
    },
    read: async id => read(id) ?? queue.read(id),
    removeUnlessGrown(batch) {
      forget([batch.id])
      return queue.removeUnlessGrown(batch)
    },
    clear() {
      forget(stashedIds())
      return queue.clear()
    },
  }
}
