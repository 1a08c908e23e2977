import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { statsOf } from '../browser/sdkPage.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { rowCount, storedRows } from '../support/deliveryPage.ts'
import type { PageServer } from '../support/pageServer.ts'
import { type Exchange, type RelayProxy, startRelayProxy } from '../support/relayProxy.ts'
import type { TestBrowser, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import { type LokiRelay, startLokiRelay, timeoutMs } from './lokiRelay.ts'
import { log, serveShop, shopPage } from './shopPages.ts'

for (const engine of browserEngines) {
  describe(`several tabs of one origin in ${engine}`, () => {
    let browser: TestBrowser
    let relay: LokiRelay
    let proxy: RelayProxy
    let pages: PageServer
    let first: TestPage

    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())
    beforeEach(async () => {
      relay = await startLokiRelay()
      proxy = await startRelayProxy(relay.url)
      first = await (await browser.createBrowserContext()).newPage()
    })
    afterEach(async () => {
      await first.browserContext().close()
      await pages.close()
      await proxy.close()
      await relay.stop()
    })

    async function openTab(path: string): Promise<TestPage> {
      const tab = await first.browserContext().newPage()
      await tab.goto(pages.origin + path)
      return tab
    }

    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      test(`four log 250 each, two are closed amid it, the relay is restarted by ${signal}: 1000 stored once, leftovers sent by one tab at a time`, async () => {
        const tabs = ['/tab1', '/tab2', '/tab3', '/tab4']
        const later = ['/later1', '/later2', '/later3']
        const shop = shopPage({ url: proxy.url, init: 'batch: { maxRecords: 25, flushIntervalMs: 100 },' })
        pages = await serveShop(Object.fromEntries([...tabs, ...later].map(path => [path, shop])))
        const [one, two, three, four] = (await inTurn(tabs, openTab)) as [TestPage, TestPage, TestPage, TestPage]
        for (let round = 0; round < 5; round++) {
          for (const tab of [one, two]) await log(tab, 50, round * 50)
          for (const tab of [three, four]) await log(tab, 25, round * 25)
          if (round === 2) await relay.kill(signal)
        }
        const pending = (await inTurn([one, two, three, four], statsOf)).reduce((sum, stats) => sum + stats.pending, 0)
        await recordsOnDevice(three, pending)
        await one.close()
        await two.close()
        for (const tab of [three, four]) await log(tab, 125, 125)

        await relay.restart()
        proxy.delayMs = 40
        const visits = await inTurn(later, openTab)
        await waitFor(async () => (await rowCount(visits.at(-1)!)) === 0, { timeoutMs, what: 'no rows on the device' })
        const entries = await relay.assertStoredOnce(1000)
        assert.deepEqual(
          tabs.map(path => entries.filter(({ labels }) => labels.page_path === path).length),
          [250, 250, 250, 250],
        )
        assertOneAtATime(proxy.exchanges.filter(isOfLeftovers))
      })
    }

    test('the one that sends leftovers holds a lock of the origin, and the others wait for it', async () => {
      const paths = ['/frame1', '/frame2', '/frame3']
      const shop = shopPage({ url: proxy.url, init: 'batch: { maxRecords: 10, flushIntervalMs: 100 },' })
      pages = await serveShop(Object.fromEntries(['/tab', ...paths].map(path => [path, shop])))
      await relay.kill()
      await first.goto(`${pages.origin}/tab`)
      await log(first, 200)
      await recordsOnDevice(first, 200)
      await relay.restart()
      proxy.delayMs = 100
      // Frames of one page are all in sight; tabs would be hidden by each other in some browsers.
      await first.goto(`${pages.origin}/elsewhere`)
      proxy.exchanges.length = 0
      await first.evaluate(sources => {
        for (const src of sources) document.body.append(Object.assign(document.createElement('iframe'), { src }))
      }, paths)
      const states: { held: number; waiting: number }[] = []
      await waitFor(
        async () => {
          states.push(await lockState(first))
          return (await rowCount(first)) === 0
        },
        { timeoutMs, what: 'no rows on the device' },
      )
      assert.ok(
        states.some(({ held, waiting }) => held === 1 && waiting >= 1),
        JSON.stringify(states),
      )
      assert.ok(states.every(({ held }) => held <= 1))
      await relay.assertStoredOnce(200)
      const ofLeftovers = proxy.exchanges.filter(isOfLeftovers)
      assert.ok(ofLeftovers.length >= 5)
      assertOneAtATime(ofLeftovers)
    })

    test('two apps on one origin send their own leftovers and leave those of the other alone', async () => {
      pages = await serveShop({
        '/shop': shopPage({ url: proxy.url }),
        '/other': shopPage({ url: proxy.url, key: 'pk_other' }),
      })
      await relay.kill()
      for (const path of ['/shop', '/other']) {
        await first.goto(pages.origin + path)
        await log(first, 20)
        await recordsOnDevice(first, path === '/shop' ? 20 : 40)
      }
      await first.goto(`${pages.origin}/elsewhere`)
      await relay.restart()
      proxy.exchanges.length = 0
      await first.goto(`${pages.origin}/other`)
      const ofOther = await relay.assertStoredOnce(20)
      assert.ok(ofOther.every(({ labels }) => labels.app === 'other' && labels.page_path === '/other'))
      await recordsOnDevice(first, 20)
      await first.goto(`${pages.origin}/shop`)
      const entries = await relay.assertStoredOnce(40)
      assert.equal(entries.filter(({ labels }) => labels.app === 'shop' && labels.page_path === '/shop').length, 20)
      await recordsOnDevice(first, 0)
      for (const { key, header } of proxy.exchanges)
        assert.equal(key, header.context?.url?.endsWith('/shop') ? 'pk_shop_web' : 'pk_other')
    })
  })
}

async function inTurn<In, Out>(inputs: readonly In[], work: (input: In) => Promise<Out>): Promise<Out[]> {
  const outputs: Out[] = []
  for (const input of inputs) outputs.push(await work(input))
  return outputs
}

/** Waits until so many records are on the device. */
async function recordsOnDevice(page: TestPage, count: number): Promise<void> {
  await waitFor(async () => (await storedRows(page)).reduce((sum, row) => sum + row.count, 0) === count, {
    timeoutMs,
    what: `${count} records on the device`,
  })
}

async function lockState(page: TestPage): Promise<{ held: number; waiting: number }> {
  return page.evaluate(async () => {
    const { held, pending } = await navigator.locks.query()
    const ours = (locks: LockInfo[] | undefined) => locks?.filter(({ name }) => name?.startsWith('loki-beacon')).length
    return { held: ours(held) ?? 0, waiting: ours(pending) ?? 0 }
  })
}

/** Sent by another page than the one that logged it. */
function isOfLeftovers({ sender, header, status }: Exchange): boolean {
  return status !== undefined && sender !== new URL(header.context?.url ?? '').pathname
}

/** No request of one page begins before those of all others are answered. */
function assertOneAtATime(exchanges: readonly Exchange[]): void {
  assert.ok(exchanges.length > 0, 'leftovers were sent')
  for (const one of exchanges)
    for (const other of exchanges) {
      if (one.sender === other.sender || one.beginMs > other.beginMs) continue
      const overlapMs = (one.endMs ?? Number.POSITIVE_INFINITY) - other.beginMs
      assert.ok(overlapMs <= 0, `${one.sender} and ${other.sender} sent at once, for ${overlapMs} ms`)
    }
}
