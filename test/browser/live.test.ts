import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { liveRecord, startLiveServer } from '../relay/live/liveServer.ts'
import { openLive, showsRows } from '../support/livePage.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 10_000

for (const engine of puppeteerEngines)
  describe(`live page in ${engine}`, () => {
    let browser: Browser
    before(async () => {
      browser = await launchPuppeteer(engine)
    })
    after(() => browser.close())

    test('records show as they arrive, newest first, and a cut stream takes up again without doubles', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      live.tail.publish([liveRecord('first'), liveRecord('second', { level: 'error' })])
      await showsRows(page, ['second', 'first'])

      live.cutConnections()
      live.tail.publish([liveRecord('third')])
      await showsRows(page, ['third', 'second', 'first'])
    })

    test('a hidden page holds no stream, and takes up again where it was when it is seen', async t => {
      const live = await startLiveServer({ maxViewers: 1 })
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      live.tail.publish([liveRecord('seen')])
      await showsRows(page, ['seen'])
      await setHidden(page, true)
      await waitFor(() => streamIsFree(live.url), { timeoutMs, what: 'the stream to be let go' })
      live.tail.publish([liveRecord('meanwhile')])
      await setHidden(page, false)
      await showsRows(page, ['meanwhile', 'seen'])
    })

    test('levels, kinds and words filter; what is filtered out comes back', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      live.tail.publish([
        liveRecord('alpha', { level: 'debug' }),
        liveRecord('beta', { level: 'error', labels: { kind: 'exception' }, body: { attributes: { order: 'A-17' } } }),
        liveRecord('gamma', { metadata: { level: 'info', session_id: 'session-of-gamma' } }),
      ])
      await showsRows(page, ['gamma', 'beta', 'alpha'])
      await page.click('.chip[data-level=debug]')
      await showsRows(page, ['gamma', 'beta'])
      await page.select('#filter-kind', 'exception')
      await showsRows(page, ['beta'])
      await page.select('#filter-kind', '')
      await page.type('#filter-text', 'SESSION-OF')
      await showsRows(page, ['gamma'])
      await page.click('#filter-text', { count: 3 })
      await page.type('#filter-text', 'a-17')
      await showsRows(page, ['beta'])
      await page.click('#filter-text', { count: 3 })
      await page.keyboard.press('Backspace')
      await page.click('.chip[data-level=debug]')
      await showsRows(page, ['gamma', 'beta', 'alpha'])
    })

    test('a paused page holds still, counts what is new and shows it afterwards', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      live.tail.publish([liveRecord('before')])
      await showsRows(page, ['before'])
      await page.click('#pause')
      live.tail.publish([liveRecord('during 1'), liveRecord('during 2')])
      await waitFor(() => page.$eval('#fresh', fresh => fresh.textContent.startsWith('2 new')), {
        timeoutMs,
        what: 'the count',
      })
      await showsRows(page, ['before'])
      await page.click('#fresh')
      await showsRows(page, ['during 2', 'during 1', 'before'])
    })

    test('with the keyboard alone a record is found, opened, read on and closed', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      live.tail.publish(['one', 'two', 'three'].map(message => liveRecord(message)))
      await showsRows(page, ['three', 'two', 'one'])
      await page.focus('#clear')
      await page.keyboard.press('Tab')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await detailShows(page, 'two')
      await page.keyboard.press('ArrowDown')
      await detailShows(page, 'one')
      await page.keyboard.press('Escape')
      assert.equal(await page.$eval('#detail', detail => detail.hasAttribute('hidden')), true)
      assert.equal(await page.evaluate(() => document.activeElement?.querySelector('.message')?.textContent), 'one')
      await page.keyboard.press('Enter')
      await page.focus('.detail .close')
      await page.keyboard.press('Enter')
      assert.equal(await page.evaluate(() => document.activeElement?.querySelector('.message')?.textContent), 'one')
      await page.keyboard.press('/')
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'filter-text')
    })

    test('before the first record the page says what to do, and who was turned away', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      live.tail.refused({ code: 'origin_not_allowed', origin: 'http://localhost:5173', key: 'pk_shop_web' })
      const page = await openLive(t, browser, live.url)
      const text = await waitFor(
        () => page.$eval('#empty', empty => empty.textContent.includes('A page was refused') && empty.textContent),
        { timeoutMs, what: 'the next steps' },
      )
      assert.match(text, /http:\/\/localhost:5173 was refused once: origin_not_allowed.*RELAY_ORIGINS=.*:5173/)
    })
  })

async function detailShows(page: Page, message: string): Promise<void> {
  await waitFor(() => page.$eval('.detail-message', (node, expected) => node.textContent === expected, message), {
    timeoutMs,
    what: `the detail of ${message}`,
  })
}

/** Headless browsers have no other window to bring in front. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(value => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
}

async function streamIsFree(url: string): Promise<boolean> {
  const response = await fetch(`${url}events`)
  await response.body?.cancel()
  return response.status === 200
}
