import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { BeaconErrorCode, InitOptions, Stats } from '../../sdk/src/index.ts'
import { errorsOnly, pageErrors, type SdkGlobals, serveSdkPages, statsOf } from '../browser/sdkPage.ts'
import { type BrowserHost, useBrowser } from '../support/browserHost.ts'
import { type BrowserEngine, browserEngines } from '../support/browsers.ts'
import type { Intake } from '../support/intake.ts'
import type { ServedPage } from '../support/pageServer.ts'
import type { TestFrame, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'

/** Long: the machine may be busy with other browsers. */
export const timeoutMs = 25_000

/** A page of some site that uses the SDK, made anew for each test. */
export interface Host extends BrowserHost {
  /** Serves that page, and maybe others of its origin, and goes there. */
  open(body: string, others?: Record<string, string | ServedPage>): Promise<void>
}

/** Declares the tests once for each engine: each has storage, a page and an intake of its own. */
export function inEveryEngine(
  name: string,
  declare: (host: Host, engine: BrowserEngine) => void,
  engines: readonly BrowserEngine[] = browserEngines,
): void {
  for (const engine of engines) {
    describe(`${name} in ${engine}`, () => {
      const host = Object.assign(useBrowser(engine), {
        async open(body: string, others: Record<string, string | ServedPage> = {}) {
          host.pages = await serveSdkPages({ '/': notePrinted + body, ...others })
          await host.page.goto(host.pages.origin)
        },
      })
      declare(host, engine)
    })
  }
}

/** What the page's scripts print, ours among them. */
const notePrinted = `<script>
window.printed = []
for (const name of ['debug', 'log', 'info', 'warn', 'error'])
  console[name] = (...values) => printed.push(values.map(value => typeof value === 'symbol' ? 'symbol' : value).join(' '))
</script>`

/** Scripts that load the SDK and start it, quick to try again; `more` are further options, as source text. */
export function startSdk(intake: Intake, options: Partial<InitOptions> = {}, more = ''): string {
  const given: InitOptions = {
    url: intake.url,
    key: 'pk_shop_web',
    capture: errorsOnly,
    batch: { flushIntervalMs: 100 },
    retry: { baseDelayMs: 50, maxDelayMs: 500, breakerThreshold: 1000 },
    ...options,
  }
  return `<script src="/sdk/loki-beacon.js"></script><script>
    window.codes = []
    lokiBeacon.init({ ...${JSON.stringify(given)}, onError: error => codes.push(error.code), ${more} })
  </script>`
}

/** Codes given to `onError`, in order. */
export function reportedCodes(page: TestPage): Promise<BeaconErrorCode[]> {
  return page.evaluate(() => (globalThis as unknown as { codes: BeaconErrorCode[] }).codes)
}

/** Logs `<name> 0` and so on, the last of them as an error. */
export function logSome(page: TestPage | TestFrame, count: number, name = 'record'): Promise<void> {
  return page.evaluate(
    (count, name) => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      for (let i = 0; i < count; i++) lokiBeacon[i === count - 1 ? 'error' : 'info'](`${name} ${i}`)
    },
    count,
    name,
  )
}

export function waitForStats(
  page: TestPage | TestFrame,
  what: string,
  check: (stats: Stats) => boolean,
): Promise<Stats> {
  return waitFor(
    async () => {
      const stats = await statsOf(page)
      assert.ok(check(stats), JSON.stringify(stats))
      return stats
    },
    { timeoutMs, what },
  )
}

/** The relay comes back: what was logged while it was down is there once, and the page has counted it. */
export async function deliverWhatWaits({ page, intake }: Host, messages: readonly string[]): Promise<void> {
  const waiting = await waitForStats(page, 'a failed attempt', stats => stats.lastError?.code === 'network_error')
  assert.deepEqual([waiting.created, waiting.pending], [messages.length, messages.length])
  await intake.up()
  const stats = await waitForStats(page, 'the answer', ({ pending }) => pending === 0)
  assert.deepEqual([stats.created, stats.delivered, stats.dropped], [messages.length, messages.length, {}])
  assertStoredOnce(intake, messages)
}

/** No error of ours in the page, and at most one line in its console. */
export async function assertHarmless(page: TestPage): Promise<void> {
  assert.deepEqual(await pageErrors(page), [])
  const printed: string[] = await page.evaluate(() => (globalThis as unknown as { printed: string[] }).printed)
  assert.ok(printed.length <= 1, printed.join('\n'))
}

/** The messages that the relay has, each once. */
export function assertStoredOnce({ stored }: Pick<Intake, 'stored'>, messages: readonly string[]): void {
  assert.deepEqual(stored.map(({ message }) => message).sort(), [...messages].sort())
}

/** `<name> 0` and so on: what `logSome` has logged. */
export function numbered(count: number, name = 'record'): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`)
}
