import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { liveRecord, startLiveServer } from '../relay/live/liveServer.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 10_000
const hostile = '<img src=x onerror="document.title=\'owned\'">'

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
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.publish([liveRecord('first'), liveRecord('second', { level: 'error' })])
      await shows(page, ['second', 'first'])

      live.cutConnections()
      live.tail.publish([liveRecord('third')])
      await shows(page, ['third', 'second', 'first'])
    })

    test('a hidden page holds no stream, and takes up again where it was when it is seen', async t => {
      const live = await startLiveServer({ maxViewers: 1 })
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.publish([liveRecord('seen')])
      await shows(page, ['seen'])
      await setHidden(page, true)
      await waitFor(() => streamIsFree(live.url), { timeoutMs, what: 'the stream to be let go' })
      live.tail.publish([liveRecord('meanwhile')])
      await setHidden(page, false)
      await shows(page, ['meanwhile', 'seen'])
    })

    test('what strangers wrote is shown as text, wherever it stands', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.refused({ code: 'origin_not_allowed', origin: hostile, key: hostile })
      live.tail.publish([
        liveRecord(hostile, {
          app: hostile,
          tenant: hostile,
          level: 'error',
          labels: { app: hostile, kind: hostile, [hostile]: hostile },
          metadata: { level: 'error', page_path: 'javascript:alert(1)', [hostile]: hostile },
          body: {
            attributes: { [hostile]: hostile, __proto__: hostile },
            url: 'javascript:alert(1)',
            error: {
              type: hostile,
              message: hostile,
              stack: hostile,
              cause: { type: hostile, message: hostile, stack: hostile },
            },
          },
        }),
        liveRecord('', { app: hostile, line: hostile }),
        liveRecord('', { line: '["not", "an", "object"]' }),
        liveRecord('', { line: '{"message":{"a":1},"attributes":7,"error":"text","values":[]}' }),
      ])
      await waitFor(async () => (await rows(page)).length === 4, { timeoutMs, what: 'four rows' })
      for (let row = 0; row < 4; row++)
        await page.evaluate(index => document.querySelectorAll<HTMLElement>('.row')[index]?.click(), row)
      await waitFor(() => page.$eval('#notices', notices => notices.textContent.includes('onerror')), {
        timeoutMs,
        what: 'the refusal',
      })
      assert.ok((await page.$eval('#detail', detail => detail.textContent.split('onerror=').length)) > 10)
      assert.equal(await page.$$eval('img, iframe, a, script:not([src])', found => found.length), 0)
      assert.notEqual(await page.title(), 'owned')
    })

    test('levels, kinds and words filter; what is filtered out comes back', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.publish([
        liveRecord('alpha', { level: 'debug' }),
        liveRecord('beta', { level: 'error', labels: { kind: 'exception' }, body: { attributes: { order: 'A-17' } } }),
        liveRecord('gamma', { metadata: { level: 'info', session_id: 'session-of-gamma' } }),
      ])
      await shows(page, ['gamma', 'beta', 'alpha'])
      await page.click('.chip[data-level=debug]')
      await shows(page, ['gamma', 'beta'])
      await page.select('#filter-kind', 'exception')
      await shows(page, ['beta'])
      await page.select('#filter-kind', '')
      await page.type('#filter-text', 'SESSION-OF')
      await shows(page, ['gamma'])
      await page.click('#filter-text', { count: 3 })
      await page.type('#filter-text', 'a-17')
      await shows(page, ['beta'])
      await page.click('#filter-text', { count: 3 })
      await page.keyboard.press('Backspace')
      await page.click('.chip[data-level=debug]')
      await shows(page, ['gamma', 'beta', 'alpha'])
    })

    test('a paused page holds still, counts what is new and shows it afterwards', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.publish([liveRecord('before')])
      await shows(page, ['before'])
      await page.click('#pause')
      live.tail.publish([liveRecord('during 1'), liveRecord('during 2')])
      await waitFor(() => page.$eval('#fresh', fresh => fresh.textContent.startsWith('2 new')), {
        timeoutMs,
        what: 'the count',
      })
      await shows(page, ['before'])
      await page.click('#fresh')
      await shows(page, ['during 2', 'during 1', 'before'])
    })

    test('with the keyboard alone a record is found, opened, read on and closed', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      live.tail.publish(['one', 'two', 'three'].map(message => liveRecord(message)))
      await shows(page, ['three', 'two', 'one'])
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

    test('a flood leaves a bounded page with the newest records', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await open(browser, live.url)
      t.after(() => page.close())
      for (let n = 0; n < 3000; n += 100)
        live.tail.publish(Array.from({ length: 100 }, (_, index) => liveRecord(`record ${n + index}`)))
      await waitFor(async () => (await rows(page))[0] === 'record 2999', { timeoutMs, what: 'the last record' })
      assert.equal((await rows(page)).length, 500)
    })

    test('before the first record the page says what to do, and who was turned away', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      live.tail.refused({ code: 'origin_not_allowed', origin: 'http://localhost:5173', key: 'pk_shop_web' })
      const page = await open(browser, live.url)
      t.after(() => page.close())
      const text = await waitFor(
        () => page.$eval('#empty', empty => empty.textContent.includes('Nothing has arrived') && empty.textContent),
        { timeoutMs, what: 'the next steps' },
      )
      assert.match(
        text,
        /src="http:\/\/127\.0\.0\.1:8080\/sdk\/v1\/loki-beacon\.js" data-key="pk_shop_web" data-app="shop"/,
      )
      assert.match(text, /http:\/\/localhost:5173 was refused once origin_not_allowed.*RELAY_ORIGINS/)
    })
  })

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  await page.setViewport({ width: 1280, height: 800 })
  await page.goto(url)
  return page
}

function rows(page: Page): Promise<string[]> {
  return page.$$eval('.row .message', messages => messages.map(message => message.textContent))
}

async function shows(page: Page, expected: string[]): Promise<void> {
  let last: string[] = []
  await waitFor(
    async () => {
      last = await rows(page)
      return last.join() === expected.join()
    },
    { timeoutMs, what: `rows ${expected}` },
  ).catch(error => assert.deepEqual(last, expected, error))
}

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
