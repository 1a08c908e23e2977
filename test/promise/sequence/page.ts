import type { InitOptions } from '../../../sdk/src/config.ts'
import type { Stats } from '../../../sdk/src/index.ts'
import type { Level } from '../../../sdk/src/wire.ts'
import { errorsOnly, type SdkGlobals, serveSdkPages } from '../../browser/sdkPage.ts'
import type { PageServer } from '../../support/pageServer.ts'
import type { TestPage } from '../../support/testBrowser.ts'

/** `/shop?<options as JSON>` starts the SDK with these options; `/other` has no SDK. */
export function serveSequencePages(): Promise<PageServer> {
  return serveSdkPages({
    '/other': '',
    '/shop': `<script src="/sdk/loki-beacon.js"></script><script>${startSdk}</script>`,
  })
}

/** A request tells whose records it brings (the user), and who sends it (the token). */
const startSdk = `
window.visit = crypto.randomUUID()
lokiBeacon.init({ ...JSON.parse(decodeURIComponent(location.search.slice(1))), getToken: async () => visit })
lokiBeacon.setUser({ id: visit })
// Of what a driver's script throws the page hears nothing but "Script error.".
window.throwSoon = id => setTimeout(() => { throw new Error('#' + id + ' ') })`

/** Pauses short enough for a run of some seconds. */
export function shopAddress(origin: string, options: Pick<InitOptions, 'url' | 'key' | 'buffer'>): string {
  const all: InitOptions = {
    capture: errorsOnly,
    retry: { baseDelayMs: 30, maxDelayMs: 200, breakerThreshold: 3 },
    batch: { flushIntervalMs: 150 },
    timeoutMs: 1000,
    // Each error is told from the next by its number, which is no difference to the SDK.
    rateLimits: { perFingerprint: 1000 },
    ...options,
  }
  return `${origin}/shop?${encodeURIComponent(JSON.stringify(all))}`
}

/** Logs `#<id> <pad>` for that many ids from `firstId` on. */
export function logTo(page: TestPage, firstId: number, count: number, level: Level, padChars: number): Promise<void> {
  return page.evaluate(
    (first, total, severity, pad) => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      for (let id = first; id < first + total; id++) lokiBeacon[severity](`#${id} ${'x'.repeat(pad)}`)
    },
    firstId,
    count,
    level,
    padChars,
  )
}

/** Resolves when the page has thrown it, and all handlers have run. */
export function throwIn(page: TestPage, id: number): Promise<void> {
  return page.evaluate(
    number =>
      new Promise<void>(resolve => {
        const { throwSoon } = globalThis as unknown as { throwSoon(id: number): void }
        throwSoon(number)
        setTimeout(resolve, 1)
      }),
    id,
  )
}

/** Names the visit that the page is in, beside its `stats()`; undefined where there is no SDK. */
export function lookAt(page: TestPage): Promise<{ visit: string; stats: Stats } | undefined> {
  return page.evaluate(() => {
    const { visit, lokiBeacon } = globalThis as unknown as SdkGlobals & { visit?: string }
    return visit === undefined ? undefined : { visit, stats: lokiBeacon.stats() }
  })
}

/** As the browser does it when another tab comes to the front. */
export function pretendVisibility(page: TestPage, state: 'hidden' | 'visible'): Promise<void> {
  return page.evaluate(visibilityState => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibilityState })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  }, state)
}
