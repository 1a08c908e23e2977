import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'puppeteer-core'
import { liveRecord, startLiveServer } from '../relay/live/liveServer.ts'
import { liveRows, openLive, showsText } from '../support/livePage.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 20_000
const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
const thrown = {
  type: hostile,
  message: hostile,
  stack: hostile,
  frames: [{ function: hostile, file: 'javascript:alert(1)', line: hostile, column: {} }, 7, null],
  properties: { [hostile]: hostile },
}

for (const engine of puppeteerEngines)
  describe(`hostile records on the live page in ${engine}`, () => {
    let browser: Browser
    before(async () => {
      browser = await launchPuppeteer(engine)
    })
    after(() => browser.close())

    test('what strangers wrote is text in every view, wherever it stands', async t => {
      const live = await startLiveServer({ lokiHost: 'loki:3100' })
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      const faults: string[] = []
      page.on('pageerror', error => void faults.push(String(error)))
      live.tail.refused({ code: 'origin_not_allowed', origin: hostile, key: hostile })
      live.lanes.push({ lane: `${hostile} {app="x"}`, state: 'retrying', breaker: 'open', reason: hostile, sinceMs: 0 })
      const metadata = {
        level: 'error',
        session_id: hostile,
        fingerprint: hostile,
        browser: hostile,
        record_id: hostile,
      }
      live.tail.publish([
        liveRecord(hostile, {
          app: hostile,
          tenant: hostile,
          level: 'error',
          labels: { app: hostile, kind: 'exception', [hostile]: hostile },
          metadata: { ...metadata, page_path: 'javascript:alert(1)', [hostile]: hostile },
          body: {
            attributes: { [hostile]: hostile, __proto__: hostile },
            url: 'javascript:alert(1)',
            error: { ...thrown, cause: { ...thrown, errors: [thrown, 'x', null] } },
            breadcrumbs: [{ t: 1e300, category: hostile, message: hostile, data: { [hostile]: hostile } }, 7, null],
            repeated: hostile,
          },
        }),
        liveRecord('', { app: hostile, line: hostile, labels: { kind: hostile }, metadata: { level: hostile } }),
        liveRecord('', { line: '["not", "an", "object"]' }),
        liveRecord('', { line: '{"message":{"a":1},"attributes":7,"error":"text","values":[],"breadcrumbs":{}}' }),
        liveRecord(hostile, {
          labels: { app: 'shop', kind: 'measurement' },
          body: { values: { [hostile]: 1, lcp: hostile, cls: 1e308 }, attributes: { id: hostile } },
        }),
      ])
      await waitFor(async () => (await liveRows(page)).length === 5, { timeoutMs, what: 'five rows' })
      for (let row = 4; row >= 0; row--) {
        await page.evaluate(index => document.querySelectorAll<HTMLElement>('.row')[index]?.click(), row)
        await assertHarmless()
      }
      await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.row')].at(-1)?.click())
      assert.ok((await page.$eval('#detail', detail => detail.textContent.split('onerror=').length)) > 20)
      await page.focus('#filter-session')
      await showsText(page, '#notices', /onerror=[\s\S]*origin_not_allowed/)
      for (const [view, selector] of [
        ['errors', '.title'],
        ['vitals', 'td'],
        ['relay', '#relay-refused'],
      ] as const) {
        await page.click(`#views [data-view=${view}]`)
        await showsText(page, `#view-${view} ${selector}`, /onerror=/)
        await assertHarmless()
      }
      assert.deepEqual(faults, [])

      async function assertHarmless(): Promise<void> {
        const strange = 'img, iframe, form:not(#filters), script:not([src]), a:not([href^="#"]), [style*="url"]'
        assert.equal(await page.$$eval(strange, found => found.length), 0)
        assert.notEqual(await page.title(), 'owned')
      }
    })

    test('no address can make the page do more than filter', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const asked = `#text=${encodeURIComponent(hostile)}&session=${encodeURIComponent(hostile)}&fingerprint=${encodeURIComponent(hostile)}&app=${encodeURIComponent(hostile)}&record=x`
      const page = await openLive(t, browser, live.url + asked)
      live.tail.publish([liveRecord('one')])
      await showsText(page, '#empty', /No record matches/)
      assert.equal(await page.$eval('#filter-text', input => (input as HTMLInputElement).value), hostile)
      assert.equal(await page.$$eval('img, script:not([src])', found => found.length), 0)
    })

    test('10,000 records leave a bounded page with the newest of them', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      const page = await openLive(t, browser, live.url)
      // As many at once as the relay's ring holds.
      const flood = async (from: number) => {
        for (let n = from; n < from + 10_000; n += 2000) {
          live.tail.publish(Array.from({ length: 2000 }, (_, index) => failing(n + index)))
          await showsText(page, '.row .message', new RegExp(`^record ${n + 1999}$`), timeoutMs)
        }
      }
      await flood(0)
      const first = await heapBytes()
      assert.equal((await liveRows(page)).length, 500)
      await showsText(page, '#shown', /^500 shown \u00b7 4,000 kept in this page$/)
      await page.click('#views [data-view=errors]')
      await showsText(page, '#errors-count', /^200$/)
      await page.click('#views [data-view=records]')
      if (!first) return
      await flood(10_000)
      const second = await heapBytes()
      assert.ok(second - first < 8_000_000, `${first} bytes after 10,000 records, ${second} after 20,000`)

      /** Where the browser tells: Chromium. */
      async function heapBytes(): Promise<number> {
        if (engine !== 'chromium') return 0
        const session = await page.createCDPSession()
        await session.send('HeapProfiler.collectGarbage')
        const { usedSize } = await session.send('Runtime.getHeapUsage')
        await session.detach()
        return usedSize
      }
    })
  })

function failing(n: number) {
  return liveRecord(`record ${n}`, {
    level: 'error',
    labels: { app: 'shop', kind: 'exception' },
    metadata: { level: 'error', session_id: `s${n}`, fingerprint: `f${n}`, record_id: `p-${n}` },
    body: { error: { type: 'Error', message: `record ${n}`, stack: 'at x.js:1:1\n'.repeat(20) } },
  })
}
