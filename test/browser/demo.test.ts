import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { type DemoProcess, startDemo } from '../support/demoProcess.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 20_000

interface LiveSlice {
  entries: { labels: Record<string, string>; metadata: Record<string, string> }[]
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
        // Beside what the buttons log there is what the SDK sees by itself, such as web vitals.
        await statsAre(page, stats => stats.created! >= 1006 && isSettled(stats))
        const arrived = await liveRecords(demo)
        assert.equal(new Set(arrived.map(record => record.id)).size, arrived.length, 'each once')
        assert.deepEqual(countBy(arrived, 'log'), { info: 1, debug: 1000 })
        assert.deepEqual(countBy(arrived, 'exception'), { error: 3 })
        assert.ok(arrived.length >= 1006)
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
      await statsAre(page, stats => stats.created! >= 1 && isSettled(stats))

      await page.click('[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      for (let n = 0; n < 5; n++) await page.click('[data-try=log]')
      await statsAre(page, stats => stats.pending! >= 5 && stats.delivered! + stats.pending! === stats.created)
      await page.reload()
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      await page.click('[data-try=handled]')
      assert.deepEqual(countBy(await liveRecords(demo), 'log'), { info: 1 })

      await page.click('[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=false]')
      await statsAre(page, stats => stats.created! >= 1 && isSettled(stats))
      const arrived = await waitFor(
        async () => {
          const records = await liveRecords(demo)
          return records.filter(({ kind }) => kind === 'log').length >= 6 && records
        },
        { timeoutMs: 30_000, what: 'what was logged offline' },
      )
      assert.equal(new Set(arrived.map(record => record.id)).size, arrived.length, 'each once')
      assert.deepEqual(countBy(arrived, 'log'), { info: 6 })
      assert.deepEqual(countBy(arrived, 'exception'), { error: 1 })
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

type Stats = Record<string, number>

/** Waits until the numbers that the page shows are right. */
async function statsAre(page: Page, isRight: (stats: Stats) => boolean): Promise<void> {
  let last: Stats = {}
  await waitFor(
    async () => {
      last = await page.$$eval('.stats .figures > div', rows =>
        Object.fromEntries(rows.map(row => [row.className, Number(row.lastChild?.textContent?.replaceAll(',', ''))])),
      )
      return isRight(last)
    },
    { timeoutMs, what: 'the numbers' },
  ).catch(() => assert.fail(`${isRight}: ${JSON.stringify(last)}`))
}

function isSettled({ created, delivered, dropped, pending }: Stats): boolean {
  return created === delivered && dropped === 0 && pending === 0
}

interface LiveRecord {
  id: string
  kind: string
  level: string
}

/** What the live page would show: all that the relay keeps of it. */
async function liveRecords(demo: DemoProcess): Promise<LiveRecord[]> {
  const { body } = await fetch(`${demo.liveUrl}events`, { signal: AbortSignal.timeout(1000) })
  let text = ''
  try {
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) text += chunk
  } catch {
    // The stream has no end of its own.
  }
  const slices = [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data!) as LiveSlice)
  return slices.flatMap(({ entries }) =>
    entries.map(({ labels, metadata }) => ({ id: metadata.record_id!, kind: labels.kind!, level: metadata.level! })),
  )
}

function countBy(records: readonly LiveRecord[], kind: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const record of records) if (record.kind === kind) counts[record.level] = (counts[record.level] ?? 0) + 1
  return counts
}
