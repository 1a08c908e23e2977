import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { type DemoProcess, startDemo } from '../support/demoProcess.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 20_000

interface LiveStatus {
  counts: { records: number; byLevel: Record<string, number> }
  spool: { records: number }
}

for (const engine of puppeteerEngines)
  describe(`demo in ${engine}`, () => {
    let browser: Browser
    before(async () => {
      browser = await launchPuppeteer(engine)
    })
    after(() => browser.close())

    for (const path of ['', '/npm.html'])
      test(`each button of ${path || 'the script-tag page'} does what it says, and every record arrives once`, async t => {
        const demo = await startDemo(t)
        const page = await openShop(browser, demo, path)
        t.after(() => page.close())
        const faults: string[] = []
        page.on('console', message => {
          if (message.type() === 'error') faults.push(message.text())
        })
        for (const name of ['log', 'measure', 'handled', 'uncaught', 'rejection', 'burst'])
          await page.click(`[data-try=${name}]`)
        await page.click('.product button')
        await statsAre(page, { created: 1006, delivered: 1006, pending: 0, dropped: 0 })
        const { counts, spool } = await liveStatus(demo)
        assert.deepEqual(counts.byLevel, { info: 3, error: 3, debug: 1000 })
        assert.equal(spool.records, 1006)
        assert.deepEqual(
          faults.filter(text => /Content.Security|Trusted/i.test(text)),
          [],
        )
      })

    test('what is logged offline waits, survives a reload, and arrives once after coming back', async t => {
      const demo = await startDemo(t)
      const page = await openShop(browser, demo, '')
      t.after(() => page.close())
      await page.click('[data-try=log]')
      await statsAre(page, { created: 1, delivered: 1, pending: 0, dropped: 0 })

      await page.click('[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      for (let n = 0; n < 5; n++) await page.click('[data-try=log]')
      await statsAre(page, { created: 6, delivered: 1, pending: 5, dropped: 0 })
      await page.reload()
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      await page.click('[data-try=handled]')
      assert.equal((await liveStatus(demo)).counts.records, 1)

      await page.click('[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=false]')
      await statsAre(page, { created: 1, delivered: 1, pending: 0, dropped: 0 })
      await waitFor(async () => (await liveStatus(demo)).counts.records >= 7, {
        timeoutMs: 30_000,
        what: 'all seven records',
      })
      assert.deepEqual((await liveStatus(demo)).counts.byLevel, { info: 6, error: 1 })
    })

    test('the numbers rest while nobody can see them', async t => {
      const demo = await startDemo(t)
      const page = await openShop(browser, demo, '')
      t.after(() => page.close())
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
        document.dispatchEvent(new Event('visibilitychange'))
        const { lokiBeacon } = window as unknown as { lokiBeacon: { stats(): object } }
        const stats = lokiBeacon.stats
        lokiBeacon.stats = () => {
          document.documentElement.dataset.asked = 'yes'
          return stats()
        }
      })
      await new Promise(resolve => setTimeout(resolve, 2500))
      assert.equal(await page.$eval('html', html => html.dataset.asked), undefined)
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })
        document.dispatchEvent(new Event('visibilitychange'))
      })
      assert.equal(await page.$eval('html', html => html.dataset.asked), 'yes')
    })

    test('without the relay the shop says what is missing', async t => {
      const demo = await startDemo(t)
      const page = await browser.newPage()
      t.after(() => page.close())
      await page.setRequestInterception(true)
      page.on(
        'request',
        request => void (request.url().startsWith(demo.relayUrl) ? request.abort() : request.continue()),
      )
      await page.goto(demo.shopUrl)
      await page.waitForFunction(() => document.body.textContent?.includes('The SDK could not be loaded'), {
        timeout: timeoutMs,
      })
    })
  })

async function openShop(browser: Browser, demo: DemoProcess, path: string): Promise<Page> {
  const page = await browser.newPage()
  await page.setViewport({ width: 1280, height: 900 })
  await page.goto(demo.shopUrl + path)
  await page.waitForSelector('[data-try=log]')
  return page
}

async function statsAre(page: Page, expected: Record<string, number>): Promise<void> {
  let last: Record<string, number> = {}
  await waitFor(
    async () => {
      last = await page.$$eval('.stats .figures > div', rows =>
        Object.fromEntries(rows.map(row => [row.className, Number(row.lastChild?.textContent?.replaceAll(',', ''))])),
      )
      return Object.entries(expected).every(([name, count]) => last[name] === count)
    },
    { timeoutMs, what: 'the numbers' },
  ).catch(() => assert.deepEqual(last, expected))
}

async function liveStatus(demo: DemoProcess): Promise<LiveStatus> {
  return (await fetch(`${demo.liveUrl}status`)).json() as Promise<LiveStatus>
}
