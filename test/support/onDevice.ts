import type { TestPage } from './testBrowser.ts'

/** All that the page's origin keeps on the device. */
export interface OnDevice {
  localStorage: Record<string, string>
  sessionStorage: Record<string, string>
  /** Values by the database's name. */
  databases: Record<string, unknown[]>
  cookies: string
}

export function readDevice(page: TestPage): Promise<OnDevice> {
  return page.evaluate(async () => {
    const databases: Record<string, unknown[]> = {}
    for (const { name = '' } of await indexedDB.databases()) {
      databases[name] = await new Promise<unknown[]>((resolve, reject) => {
        const open = indexedDB.open(name)
        open.onerror = () => reject(open.error)
        open.onsuccess = async () => {
          const found: unknown[] = []
          for (const store of open.result.objectStoreNames) {
            const values = open.result.transaction(store).objectStore(store).getAll()
            await new Promise(done => {
              values.onsuccess = done
            })
            found.push(...values.result)
          }
          open.result.close()
          resolve(found)
        }
      })
    }
    return {
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
      databases,
      cookies: document.cookie,
    }
  })
}
