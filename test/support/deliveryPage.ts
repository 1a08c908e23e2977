import { build } from 'esbuild'
import type { Batch, DeliveryStats } from '../../sdk/src/batch.ts'
import type { InitOptions } from '../../sdk/src/config.ts'
import type { DropCounts } from '../../sdk/src/drops.ts'
import type { Level } from '../../sdk/src/wire.ts'
import { type PageServer, servePages } from './pageServer.ts'
import type { TestFrame, TestPage } from './testBrowser.ts'

/** A page on which the delivery half of the SDK runs alone, with records made to order. */
export interface DeliveryPage {
  /** Appends that many records with `n` from `from` on. */
  log(count: number, options?: { from?: number; level?: Level; padBytes?: number }): Promise<void>
  flush(): Promise<boolean>
  stats(): Promise<DeliveryStats & { created: number; dropped: DropCounts }>
  /** Codes given to `onError`, in order. */
  errors(): Promise<string[]>
}

type PageOptions = Pick<InitOptions, 'url' | 'key' | 'batch' | 'buffer' | 'retry' | 'timeoutMs'> & { token?: string[] }

interface PageGlobals {
  start(options: PageOptions): void
  log(count: number, from: number, level: Level, padBytes: number): void
  flush(): Promise<boolean>
  stats(): DeliveryStats & { created: number; dropped: DropCounts }
  errors: string[]
}

/** What runs in the page. */
const pageSource = `
import { startDelivery } from './sdk/src/startDelivery.ts'
import { createDrops } from './sdk/src/drops.ts'
import { createClock } from './sdk/src/web/clock.ts'
import { createLocalStore } from './sdk/src/web/localStore.ts'
import { byteLength } from './sdk/src/web/byteLength.ts'
import { captureNativeMethods } from './sdk/src/web/nativeMethods.ts'
import { startPageExit } from './sdk/src/web/pageExit.ts'

window.errors = []
window.start = options => {
  const drops = createDrops()
  const clock = createClock()
  const tokens = options.token
  const delivery = startDelivery({
    config: {
      batch: { maxRecords: 1000, maxBytes: 30720, flushIntervalMs: 1000, ...options.batch },
      buffer: { persistence: 'indexeddb', maxBytes: 5242880, maxAgeMs: 604800000, whenFull: 'drop-oldest', ...options.buffer },
      retry: { baseDelayMs: 100, maxDelayMs: 1000, breakerThreshold: 5, ...options.retry },
      timeoutMs: options.timeoutMs ?? 10000,
      url: options.url,
      key: options.key,
      getToken: tokens && (async () => tokens.shift()),
    },
    drops,
    clock,
    store: createLocalStore(),
    native: captureNativeMethods(),
    context: () => ({ app: 'delivery', page: location.pathname }),
    report: error => errors.push(error.code),
  })
  startPageExit(delivery)
  let created = 0
  window.delivery = delivery
  window.log = (count, from, level, padBytes) => {
    const records = []
    for (let i = 0; i < count; i++) {
      const record = { n: from + i, t: clock.wallMs(), kind: 'log', level, message: 'm'.repeat(padBytes) }
      const line = JSON.stringify(record)
      records.push({ line, bytes: byteLength(line), level })
    }
    created += count
    delivery.append(records)
  }
  window.flush = () => delivery.flush()
  window.stats = () => ({ ...delivery.stats(), created, dropped: drops.total() })
}
`

let bundle: Promise<string> | undefined

export interface DeliveryPages extends PageServer {
  /** From now on `/` first runs that function, without its closure; it starts with the page as the browser made it. */
  runFirst(script: () => void): void
  runNothingFirst(): void
}

/** Serves a page with the script at `/`, on which `start` is called by the test, and one without at `/other`. */
export async function serveDeliveryPages(): Promise<DeliveryPages> {
  bundle ??= bundlePage()
  const content = {
    '/': '',
    '/other': '<!doctype html><title>elsewhere</title>',
    '/delivery.js': await bundle,
  }
  const serve = (first: string) => {
    content['/'] = `<!doctype html><title>delivery</title>${first}<script src="/delivery.js"></script>`
  }
  serve('')
  return {
    ...(await servePages(content)),
    runFirst: script => serve(`<script>(${script})()</script>`),
    runNothingFirst: () => serve(''),
  }
}

export async function startOn(
  page: TestPage | TestFrame,
  address: string,
  options: PageOptions,
): Promise<DeliveryPage> {
  await page.goto(address)
  await page.evaluate(given => (globalThis as unknown as PageGlobals).start(given), options)
  return {
    log: (count, { from = 0, level = 'info', padBytes = 20 } = {}) =>
      page.evaluate((...args) => (globalThis as unknown as PageGlobals).log(...args), count, from, level, padBytes),
    flush: () => page.evaluate(() => (globalThis as unknown as PageGlobals).flush()),
    stats: () => page.evaluate(() => (globalThis as unknown as PageGlobals).stats()),
    errors: () => page.evaluate(() => (globalThis as unknown as PageGlobals).errors),
  }
}

/** Number of batches on the device, of all keys. */
export async function rowCount(page: TestPage | TestFrame): Promise<number> {
  return (await storedRows(page)).length
}

export function storedRows(page: TestPage | TestFrame): Promise<Batch[]> {
  return page.evaluate(async () => {
    // It is not for us to make one.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'loki-beacon')) return []
    return new Promise<Batch[]>((resolve, reject) => {
      const open = indexedDB.open('loki-beacon')
      open.onerror = () => reject(open.error)
      open.onblocked = () => reject(new Error('blocked'))
      open.onsuccess = () => {
        const rows = open.result.transaction('batches').objectStore('batches').getAll()
        rows.onsuccess = () => {
          open.result.close()
          resolve(rows.result)
        }
      }
    })
  })
}

/** Whether nobody of the origin can read or write the SDK's database. */
export function isDatabaseLocked(page: TestPage): Promise<boolean> {
  return page.evaluate(async () => {
    const read = new Promise<boolean>(resolve => {
      const open = indexedDB.open('loki-beacon')
      open.onsuccess = () => {
        const rows = open.result.transaction('batches').objectStore('batches').count()
        rows.onsuccess = () => {
          open.result.close()
          resolve(false)
        }
      }
    })
    return Promise.race([read, new Promise<boolean>(resolve => setTimeout(resolve, 3000, true))])
  })
}

/** A frame within the page: a second page of the origin, both in sight. */
export async function addFrame(page: TestPage, address: string, sandbox?: string): Promise<TestFrame> {
  await page.evaluate(
    (src, permissions) =>
      new Promise(resolve => {
        const frame = document.createElement('iframe')
        if (permissions) frame.setAttribute('sandbox', permissions)
        frame.src = src
        frame.addEventListener('load', resolve)
        document.body.append(frame)
      }),
    address,
    sandbox,
  )
  const frame = await page.$('iframe')
  if (!frame) throw new Error('the page has no frame')
  return frame.contentFrame()
}

async function bundlePage(): Promise<string> {
  const root = new URL('../..', import.meta.url).pathname
  const result = await build({
    stdin: { contents: pageSource, resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    target: ['chrome80', 'firefox78'],
  })
  return result.outputFiles[0]!.text
}
