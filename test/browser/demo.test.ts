import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { type DemoProcess, startDemo } from '../support/demoProcess.ts'
import { liveRows, openLive, showsText } from '../support/livePage.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 30_000
const faults = ['log', 'measure', 'handled', 'uncaught', 'rejection', 'broken', 'missing', 'worker', 'burst']

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
      test(`each fault of ${path || 'the script-tag page'} arrives once, and its link finds it on the live page`, async t => {
        const demo = await startDemo(t)
        const page = await openShop(browser, demo, path)
        t.after(() => page.close())
        const violations: string[] = []
        page.on('console', message => {
          if (/Content.Security|Trusted/i.test(message.text())) violations.push(message.text())
        })
        await press(page, '.product button')
        const links = [await linkOf(page)]
        for (const name of ['pay', 'pay', ...faults]) {
          await press(page, `[data-try=${name}]`)
          links.push(await linkOf(page))
        }
        const { created, delivered, dropped } = await settled(page, 1000 + links.length - 1)
        assert.deepEqual([delivered, dropped], [created, 0])
        assert.equal((await liveStatus(demo)).counts.records, created, 'no record is there twice')
        assert.deepEqual(violations, [])

        const live = await openLive(t, browser, demo.liveUrl)
        for (const link of links) {
          await live.evaluate(hash => {
            location.hash = hash
          }, new URL(link).hash)
          await waitFor(async () => (await liveRows(live)).length > 0, { timeoutMs, what: `a record for ${link}` })
        }
      })

    test('a cart is filled, emptied and paid at the second attempt', async t => {
      const demo = await startDemo(t)
      const page = await openShop(browser, demo, '')
      t.after(() => page.close())
      assert.equal(await page.$eval('[data-try=pay]', button => (button as HTMLButtonElement).disabled), true)
      for (let n = 0; n < 2; n++) await press(page, '.product button')
      await press(page, '.product:nth-child(2) button')
      assert.equal(await page.$eval('.total strong', total => total.textContent), '187 EUR')
      await press(page, '.cart li:nth-child(2) .remove')
      assert.equal(await page.$eval('.cart ul', list => list.textContent), '2 x Desk lamp98 EUR\u00d7')
      await press(page, '[data-try=pay]')
      assert.match(await page.$eval('.note', note => note.textContent), /declined/)
      await press(page, '[data-try=pay]')
      assert.match(await page.$eval('.note', note => note.textContent), /Thank you/)
    })

    test('what is logged offline waits, survives a reload, and arrives once after coming back', async t => {
      const demo = await startDemo(t)
      const page = await openShop(browser, demo, '')
      t.after(() => page.close())
      await press(page, '[data-try=log]')
      const before = await settled(page, 1)

      await press(page, '[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      for (let n = 0; n < 5; n++) await press(page, '[data-try=log]')
      await waitFor(async () => (await statsOf(page)).pending! >= 5, { timeoutMs, what: 'five that wait' })
      assert.equal((await statsOf(page)).delivered, before.delivered)
      await page.reload()
      await page.waitForSelector('[data-try=offline][aria-pressed=true]')
      await press(page, '[data-try=handled]')
      assert.equal((await liveStatus(demo)).counts.records, before.delivered)

      await press(page, '[data-try=offline]')
      await page.waitForSelector('[data-try=offline][aria-pressed=false]')
      const count = (messages: string[]) =>
        ['checkout', 'payment failed'].map(one => messages.filter(it => it === one).length)
      const counts = await waitFor(
        async () => {
          const [logs = 0, errors = 0] = count(await messagesOf(demo))
          return logs >= 6 && errors >= 1 && [logs, errors]
        },
        { timeoutMs: 45_000, everyMs: 500, what: 'what waited' },
      )
      assert.deepEqual(counts, [6, 1])
    })

    test('a slow image makes LCP worse, where the browser measures it', async t => {
      const demo = await startDemo(t)
      const page = await openShop(browser, demo, '')
      t.after(() => page.close())
      await press(page, '[data-try=slow]')
      await page.waitForSelector('.slow-note')
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.hero img')?.complete, {
        timeout: timeoutMs,
      })
      await page.click('.hero img')
      const live = await openLive(t, browser, `${demo.liveUrl}#view=vitals`)
      if (engine !== 'chromium') return
      await showsText(live, '[data-vital=lcp]', /needs improvement|poor\s/, timeoutMs)
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

/** By a click of its own: what lies below the numbers of a narrow page can't be hit by the mouse. */
async function press(page: Page, selector: string): Promise<void> {
  await page.$eval(selector, control => (control as HTMLElement).click())
}

async function linkOf(page: Page): Promise<string> {
  return page.$eval('.said a', link => (link as HTMLAnchorElement).href)
}

async function statsOf(page: Page): Promise<Record<string, number>> {
  return page.$$eval('.stats .figures > div', rows =>
    Object.fromEntries(rows.map(row => [row.className, Number(row.lastChild?.textContent?.replaceAll(',', ''))])),
  )
}

/** The numbers once nothing waits any more, and at least so many records were made. */
async function settled(page: Page, atLeast: number): Promise<Record<string, number>> {
  let last: Record<string, number> = {}
  await waitFor(
    async () => {
      last = await statsOf(page)
      return last.created! >= atLeast && last.pending === 0
    },
    { timeoutMs, what: `${atLeast} records to settle` },
  ).catch(error => assert.fail(`${error.message}: ${JSON.stringify(last)}`))
  return last
}

/** What the relay has stored, as the live page gets it. */
async function messagesOf(demo: DemoProcess): Promise<string[]> {
  const { records } = (await liveStatus(demo)).counts
  const found: string[] = []
  if (records === 0) return found
  const response = await fetch(`${demo.liveUrl}events`)
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop()!
    for (const data of events.flatMap(event => /^data: (.*)$/m.exec(event)?.[1] ?? []))
      for (const { line } of JSON.parse(data).entries) found.push(JSON.parse(line).message)
    // Leaving the loop ends the request.
    if (found.length >= records) break
  }
  return found
}

async function liveStatus(demo: DemoProcess): Promise<LiveStatus> {
  return (await fetch(`${demo.liveUrl}status`)).json() as Promise<LiveStatus>
}
