import type { Stats } from '../../sdk/src/index.ts'
import { errorsAlone, type SdkGlobals, serveSdkPages } from '../browser/sdkPage.ts'
import type { TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'

export interface ShopPageOptions {
  /** The relay's. */
  url: string
  /** @defaultValue `'pk_shop_web'` */
  key?: string
  /** Further options of `init`, as they stand in a script: `retry: { baseDelayMs: 50 },`. */
  init?: string
  /** Script that runs before the SDK is there. */
  first?: string
}

interface ShopGlobals extends SdkGlobals {
  /** Codes given to `onError`, in order. */
  told: string[]
  /** Counts given to `onDrop`. */
  toldDrops: Record<string, number>
}

/** A page that loads the script-tag bundle and starts it by `init`. */
export function shopPage({ url, key = 'pk_shop_web', init = '', first = '' }: ShopPageOptions): string {
  return `<meta name="referrer" content="unsafe-url">
<script>${first}</script>
<script src="/sdk/loki-beacon.js"></script>
<script>
var told = [], toldDrops = {}
lokiBeacon.init({
  url: '${url}',
  key: '${key}',
  capture: ${JSON.stringify(errorsAlone)},
  onError: ({ code }) => told.push(code),
  onDrop(reason, count) { toldDrops[reason] = (toldDrops[reason] ?? 0) + count },
  batch: { flushIntervalMs: 100 },
  retry: { baseDelayMs: 100, maxDelayMs: 500 },
  ${init}
})
</script>`
}

/** The pages by their path, and `/elsewhere`, which does not have the SDK. */
export function serveShop(pages: Record<string, string>) {
  return serveSdkPages({ '/elsewhere': 'elsewhere', ...pages })
}

/** Logs that many records, numbered `from` that number on in their attributes, beside the page's clock: `at`. */
export function log(page: TestPage, count: number, from = 0, padChars = 0): Promise<void> {
  return page.evaluate(
    (n, first, pad) => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      for (let number = first; number < first + n; number++)
        lokiBeacon.info(`record ${number}${'.'.repeat(pad)}`, { number, at: Date.now() })
    },
    count,
    from,
    padChars,
  )
}

export function told(page: TestPage): Promise<Pick<ShopGlobals, 'told' | 'toldDrops'>> {
  return page.evaluate(() => {
    const { told, toldDrops } = globalThis as unknown as ShopGlobals
    return { told, toldDrops }
  })
}

/** Waits until the page knows that so many of its records are delivered. */
export function delivered(page: TestPage, count: number): Promise<Stats> {
  return waitFor(
    async () => {
      const stats = await page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.stats())
      return stats.delivered >= count && stats
    },
    { timeoutMs: 20_000, what: `${count} records to be known as delivered` },
  )
}
