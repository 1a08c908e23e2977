import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { beforeEach, describe, test } from 'node:test'
import { bundleOf, everything, isBalanced } from '../browser/sdkPage.ts'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { rowCount } from '../support/deliveryPage.ts'
import { type PageServer, servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { delivered, log, shopPage } from './shopPages.ts'

const timeoutMs = 20_000

interface ShownGlobals {
  /** `persisted` of each `pageshow`. */
  shown: boolean[]
}

for (const engine of browserEngines) {
  describe(`the back/forward cache of ${engine}`, () => {
    const host = useBrowser(engine)

    beforeEach(async () => {
      host.pages = await serveCacheable({
        '/': shopPage({ url: host.intake.url, init: 'timeoutMs: 2000,' }) + noteShown,
        '/everything':
          shopPage({ url: host.intake.url, init: `timeoutMs: 2000, capture: ${JSON.stringify(everything)},` }) +
          noteShown,
        '/elsewhere': `<title>elsewhere</title>${noteShown}`,
      })
      await host.page.goto(host.pages.origin)
    })

    // Until the request that was in flight has timed out, nothing else goes out.
    const noRows = () =>
      waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows on the device' })

    /** By the page's own script: under a driver, Firefox waits for loads that don't come once a page was in the cache. */
    async function leave(): Promise<void> {
      if (engine !== 'firefox') return void (await host.page.goto(`${host.pages.origin}/elsewhere`))
      await host.page.evaluate(() => void setTimeout(() => location.assign('/elsewhere')))
      await waitFor(() => host.page.evaluate(() => document.title === 'elsewhere'), {
        timeoutMs,
        what: 'the other page',
      })
    }

    async function comeBack(): Promise<void> {
      if (engine !== 'firefox') return void (await host.page.goBack())
      await host.page.evaluate(() => void setTimeout(() => history.back()))
      await waitFor(() => host.page.evaluate(() => 'lokiBeacon' in globalThis), {
        timeoutMs,
        what: 'the page to be back',
      })
    }

    async function assertCameOutOfCache(times = 1): Promise<void> {
      await assertShown(false, ...Array(times).fill(true))
      // https://developer.mozilla.org/docs/Web/API/PerformanceNavigationTiming/notRestoredReasons: no other engine has it.
      if (engine === 'chromium')
        assert.deepEqual(
          await host.page.evaluate('performance.getEntriesByType("navigation")[0].notRestoredReasons'),
          null,
        )
    }

    async function assertShown(...persisted: boolean[]): Promise<void> {
      assert.deepEqual(await host.page.evaluate(() => (globalThis as unknown as ShownGlobals).shown), persisted)
    }

    function assertStored(count: number): void {
      assert.deepEqual(
        host.intake.stored.map(({ attributes }) => attributes?.number as number).sort((a, b) => a - b),
        [...Array(count).keys()],
      )
    }

    test('left with unsent records, come back, log, three times: out of the cache each time, all stored once', async () => {
      for (let round = 0; round < 3; round++) {
        await log(host.page, 5, round * 10)
        await leave()
        await comeBack()
        await assertCameOutOfCache(round + 1)
        await log(host.page, 5, round * 10 + 5)
        await delivered(host.page, round * 10 + 10)
      }
      assertStored(30)
      const stats = await delivered(host.page, 30)
      assert.deepEqual([stats.created, stats.dropped, stats.pending], [30, {}, 0])
      assert.ok(isBalanced(stats))
      await noRows()
    })

    test('left with everything captured, twice: out of the cache each time, and every record is accounted for', async () => {
      await host.page.goto(`${host.pages.origin}/everything`)
      for (let round = 0; round < 2; round++) {
        await log(host.page, 5, round * 5)
        await leave()
        await comeBack()
        await assertCameOutOfCache(round + 1)
      }
      const own = () => host.intake.stored.filter(({ message }) => message.startsWith('record'))
      await waitFor(() => own().length === 10, { timeoutMs, what: 'the records' })
      assert.equal(host.intake.stored.filter(({ message }) => message === 'navigation').length, 1)
      const events = host.intake.stored.map(({ message }) => message).filter(message => message.startsWith('page_'))
      assert.deepEqual(events.slice(0, 3), ['page_hidden', 'page_visible', 'page_hidden'])
      assert.ok(isBalanced(await delivered(host.page, 10)))
    })

    test('left while a request has no answer and the relay fails: out of the cache, all stored once', async () => {
      host.intake.script = () => (host.intake.attempts.length === 1 ? 'hang' : { status: 503 })
      await log(host.page, 5)
      await waitFor(() => host.intake.attempts.length, { timeoutMs, what: 'the first attempt' })
      await log(host.page, 5, 5)
      await leave()
      await comeBack()
      await assertCameOutOfCache()
      host.intake.script = () => undefined
      await log(host.page, 5, 10)
      assert.ok(isBalanced(await delivered(host.page, 15)))
      assertStored(15)
      await noRows()
    })

    // https://searchfox.org/firefox-main/search?q=BFCacheStatus%3A%3AACTIVE_LOCK
    const place = engine === 'firefox' ? 'loaded anew, since Firefox caches no page with a lock' : 'out of the cache'
    test(`left while it sends leftovers under the lock: ${place}, and nobody has to wait for it`, async () => {
      host.intake.script = () => ({ status: 503 })
      await log(host.page, 10)
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row' })
      await host.page.goto(`${host.pages.origin}/elsewhere`)
      host.intake.attempts.length = 0
      host.intake.script = () => 'hang'
      await host.page.goto(`${host.pages.origin}/`)
      await waitFor(() => host.intake.attempts.length, { timeoutMs, what: 'the leftovers to be sent' })
      await host.page.goto(`${host.pages.origin}/elsewhere`)
      host.intake.script = () => undefined
      const other = await host.page.browserContext().newPage()
      await other.goto(host.pages.origin)
      await waitFor(() => host.intake.stored.length, { timeoutMs, what: 'the other tab to send them' })
      await other.close()
      await comeBack()
      await (engine === 'firefox' ? assertShown(false) : assertCameOutOfCache())
      await log(host.page, 5, 10)
      await delivered(host.page, 5)
      assertStored(15)
      await noRows()
    })
  })
}

const noteShown = `<script>
window.shown = []
addEventListener('pageshow', event => shown.push(event.persisted))
</script>`

/** As most sites are served: `Cache-Control: no-store` may keep a page out of the back/forward cache. */
async function serveCacheable(content: Record<string, string>): Promise<PageServer> {
  const bundle = await bundleOf('cdn')
  return servePages(({ url = '' }, response: ServerResponse) => {
    if (url === '/sdk/loki-beacon.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle)
    else if (content[url])
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${content[url]}`)
    else response.writeHead(404).end()
  })
}
