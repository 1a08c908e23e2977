import type { UseStore } from 'idb-keyval'
import type { NativeMethods } from '../web/nativeMethods.ts'

export interface Store {
  use: UseStore
  /** Closes the database once the transactions begun so far are done. The next use opens it again. */
  release(): void
}

const databaseName = 'loki-beacon'
const storeName = 'batches'

/** Some browsers never answer `open` (https://bugs.webkit.org/show_bug.cgi?id=226547); then memory has to do. In ms. */
const openTimeoutMs = 2000

/** How a handle answers that the browser has closed behind our back, in WebKit above all. */
const deadHandleErrors = ['InvalidStateError', 'UnknownError']

/**
 * A store for idb-keyval that outlives its connection: a failed open is not remembered, a lost connection is dropped
 * and opened once more (https://github.com/jakearchibald/idb-keyval/issues/142).
 */
export function openStore({ setTimeout, clearTimeout }: NativeMethods): Store {
  let current: Promise<IDBDatabase> | undefined

  return {
    use: (mode, callback) => transact(mode, callback, true),
    release() {
      current?.then(database => database.close()).catch(() => {})
      current = undefined
    },
  }

  async function transact<T>(
    mode: IDBTransactionMode,
    callback: (store: IDBObjectStore) => T | PromiseLike<T>,
    mayReopen: boolean,
  ): Promise<T> {
    current ??= open()
    const used = current
    try {
      const database = await used
      // Relaxed: survives a crash of the tab and the browser, and spares the host page an fsync for each write.
      return await callback(database.transaction(storeName, mode, { durability: 'relaxed' }).objectStore(storeName))
    } catch (error) {
      if (!mayReopen || !deadHandleErrors.includes((error as DOMException | undefined)?.name ?? '')) throw error
      forget(used)
      return transact(mode, callback, false)
    }
  }

  function open(): Promise<IDBDatabase> {
    const opening = new Promise<IDBDatabase>((resolve, reject) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        reject(new Error('IndexedDB does not open'))
      }, openTimeoutMs)
      // Of whatever version there is: pages with newer and older releases of the SDK share it. Each row tells its own.
      const request = indexedDB.open(databaseName)
      request.onupgradeneeded = () => request.result.createObjectStore(storeName)
      request.onerror = () => {
        clearTimeout(timer)
        reject(request.error)
      }
      request.onsuccess = () => {
        clearTimeout(timer)
        const database = request.result
        const drop = () => {
          database.close()
          forget(opening)
        }
        database.onclose = drop
        database.onversionchange = drop
        // Nobody waits any more, and a handle that nobody holds would only block others.
        if (late) database.close()
        resolve(database)
      }
    })
    opening.catch(() => forget(opening))
    return opening
  }

  function forget(lost: Promise<IDBDatabase>): void {
    if (current === lost) current = undefined
  }
}
