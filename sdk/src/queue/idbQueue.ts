import { promisifyRequest } from 'idb-keyval'
import { type Batch, type BatchInfo, rowVersion } from '../batch.ts'
import type { Store } from './openStore.ts'
import { type Queue, queueReleased } from './queue.ts'

/** Of a row that is no batch, so that no release takes it for one. */
const leaseVersion = 0

/** Rows in IndexedDB under `<app key>/<batch id>`: ids start with their time, so the order of keys is that of age. */
export function createIdbQueue(appKey: string, { use, release }: Store): Queue {
  const keyOf = (id: string) => `${appKey}/${id}`
  const unfinished = new Map<IDBTransaction, () => void>()

  /** For what can be done again: `release` breaks it off. */
  function useForNow<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return use(mode, async store => {
      const { transaction } = store
      // Not left to the transaction: Firefox forgets its events while the page is in the back/forward cache.
      const released = new Promise<never>((_, reject) => unfinished.set(transaction, () => reject(queueReleased)))
      try {
        return await Promise.race([work(store), released])
      } finally {
        unfinished.delete(transaction)
      }
    })
  }

  return {
    // WebKit keeps them open in its back/forward cache, and until the page is evicted nobody else can write.
    release() {
      for (const [transaction, breakOff] of unfinished) {
        breakOff()
        try {
          transaction.abort()
        } catch {
          // It was about to end anyway.
        }
      }
      release()
    },
    write: (puts, removes) =>
      use('readwrite', store => {
        for (const id of removes) store.delete(keyOf(id))
        for (const batch of puts) store.put(batch, keyOf(batch.id))
        // Without it the commit waits for events that a page being left may no longer get.
        store.transaction.commit?.()
        return promisifyRequest(store.transaction)
      }),
    list: () => useForNow('readonly', store => readInfos(store.openCursor(rowsOf(keyOf)), keyOf('').length)),
    async read(id) {
      const row = await useForNow('readonly', store => promisifyRequest<Batch | undefined>(store.get(keyOf(id))))
      return typeof row?.lines === 'string' && typeof row.header === 'string'
        ? { ...row, ...infoOf(id, row) }
        : undefined
    },
    removeUnlessGrown: ({ id, count }) =>
      useForNow('readwrite', store => {
        const row = store.get(keyOf(id))
        row.onsuccess = () => {
          if (!(row.result?.count > count)) store.delete(keyOf(id))
        }
        return promisifyRequest(store.transaction)
      }),
    clear: () =>
      use('readwrite', store => {
        store.delete(rowsOf(keyOf))
        return promisifyRequest(store.transaction)
      }),
    lease: (owner, nowMs, untilMs) =>
      useForNow('readwrite', async store => {
        const held = Object(await promisifyRequest(store.get(keyOf('lease'))))
        if (held.owner !== owner && held.untilMs > nowMs) return held.untilMs - nowMs
        return promisifyRequest(store.put({ v: leaseVersion, owner, untilMs }, keyOf('lease'))).then(() => 0)
      }),
  }
}

function rowsOf(keyOf: (id: string) => string): IDBKeyRange {
  return IDBKeyRange.bound(keyOf(''), keyOf('\uffff'))
}

/** By cursor: the contents of all rows together may be more than a page should hold. */
function readInfos(request: IDBRequest<IDBCursorWithValue | null>, prefixLength: number): Promise<BatchInfo[]> {
  return new Promise((resolve, reject) => {
    const infos: BatchInfo[] = []
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const cursor = request.result
      if (!cursor) return resolve(infos)
      const id = String(cursor.key).slice(prefixLength)
      const isOfOtherRelease = (cursor.value?.v ?? rowVersion) !== rowVersion
      // With a slash: of another key that begins with ours.
      if (!isOfOtherRelease && !id.includes('/')) infos.push(infoOf(id, cursor.value))
      cursor.continue()
    }
  })
}

/** Any script of the origin can write here: what a row is called is its key, whatever it says itself. */
function infoOf(id: string, row: unknown): BatchInfo {
  const { createdAtMs, count, bytes, severity } = Object(row)
  return {
    v: rowVersion,
    id,
    createdAtMs: number(createdAtMs),
    count: number(count),
    bytes: number(bytes),
    severity: number(severity),
  }
}

function number(value: unknown): number {
  return Number(value) || 0
}
