import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { isBalanced } from '../browser/sdkPage.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { rowCount, storedRows } from '../support/deliveryPage.ts'
import type { PageServer } from '../support/pageServer.ts'
import { type Exchange, type RelayProxy, startRelayProxy } from '../support/relayProxy.ts'
import type { TestBrowser, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import { type LokiRelay, startLokiRelay, timeoutMs } from './lokiRelay.ts'
import { delivered, log, serveShop, shopPage } from './shopPages.ts'

for (const engine of browserEngines) {
  describe(`the connection is cut between the relay's disk and its answer, in ${engine}`, () => {
    let browser: TestBrowser
    let relay: LokiRelay
    let proxy: RelayProxy
    let pages: PageServer
    let page: TestPage

    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())
    beforeEach(async () => {
      relay = await startLokiRelay()
      proxy = await startRelayProxy(relay.url)
      pages = await serveShop({
        '/': shopPage({ url: proxy.url }),
        '/patient': shopPage({ url: proxy.url, init: 'batch: { flushIntervalMs: 10000 },' }),
      })
      page = await (await browser.createBrowserContext()).newPage()
      await page.goto(pages.origin)
    })
    afterEach(async () => {
      await page.browserContext().close()
      await pages.close()
      await proxy.close()
      await relay.stop()
    })

    const accepted = () => proxy.exchanges.filter(({ status }) => status === 202)

    /** What the relay got in more than once it counts as duplicate, and nothing is unaccounted for. */
    async function assertCounted(stored: number, duplicate: number): Promise<void> {
      const metrics = await relay.metrics()
      const count = (name: string) => metrics.get(`loki_beacon_records_${name}`)
      assert.deepEqual(
        [count('received_total{source="page"}'), count('stored_total'), count('duplicate_total'), count('pending')],
        [stored + duplicate, stored, duplicate, 0],
      )
    }

    test('three times in a row: stored once, and known as delivered', async () => {
      proxy.cut = () => accepted().length <= 3
      await log(page, 40)
      const stats = await delivered(page, 40)
      assert.deepEqual([stats.created, stats.delivered, stats.dropped, stats.pending], [40, 40, {}, 0])
      assert.ok(isBalanced(stats))
      assert.ok(accepted().length > 3)
      await relay.assertStoredOnce(40)
      await assertCounted(40, 40 * (accepted().length - 1))
      await waitFor(async () => (await rowCount(page)) === 0, { timeoutMs, what: 'no rows on the device' })
    })

    const place = {
      chromium: 'on a connection that was used before, where Chromium repeats the request by itself',
      firefox: 'on a connection that was used before',
      // https://gitlab.gnome.org/GNOME/libsoup/-/blob/3.6.0/libsoup/soup-connection-manager.c
      webkit: 'for a later batch, on a new connection as always for a POST in WebKitGTK',
    }
    test(`${place[engine]}: stored once`, async () => {
      let cutOne: Exchange | undefined
      await log(page, 10)
      await delivered(page, 10)
      proxy.cut = exchange => {
        if (cutOne || (exchange.turn === 0 && engine !== 'webkit')) return false
        cutOne = exchange
        return true
      }
      // Browsers may open a second connection ahead of need: then it is the one after that is used again.
      let logged = 10
      while (!cutOne && logged < 100) {
        await log(page, 10, logged)
        logged += 10
        await delivered(page, logged)
      }
      assert.ok(cutOne, 'a connection that was used before')
      const copies = proxy.exchanges.filter(({ header }) => header.batch === cutOne?.header.batch)
      assert.equal(copies.length, 2)
      // Byte by byte: a second attempt of ours would bear its own time.
      if (engine === 'chromium') assert.equal(copies[1]!.body, copies[0]!.body)
      assert.ok(isBalanced(await delivered(page, logged)))
      await relay.assertStoredOnce(logged)
      await assertCounted(logged, 10)
    })

    test('while the page is being left: stored once after the next visit', async () => {
      proxy.cut = () => true
      await page.goto(`${pages.origin}/patient`)
      await log(page, 30)
      await waitFor(async () => (await storedRows(page))[0]?.count === 30, { timeoutMs, what: 'the row' })
      await page.goto(`${pages.origin}/elsewhere`)
      await waitFor(() => accepted().length, { timeoutMs, what: 'the batch on the disk of the relay' })
      proxy.cut = () => false
      await page.goto(pages.origin)
      await waitFor(async () => (await rowCount(page)) === 0, { timeoutMs, what: 'no rows on the device' })
      assert.ok(accepted().length > 1)
      await relay.assertStoredOnce(30)
      await assertCounted(30, 30 * (accepted().length - 1))
    })
  })
}
