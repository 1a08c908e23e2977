import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { type LiveServer, liveRecord, startLiveServer } from '../relay/live/liveServer.ts'
import { openLive, showsRows, showsText } from '../support/livePage.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'

for (const engine of puppeteerEngines)
  describe(`views of the live page in ${engine}`, () => {
    let browser: Browser
    before(async () => {
      browser = await launchPuppeteer(engine)
    })
    after(() => browser.close())

    test('a link names a session or a record, and filters of app and session hold', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      live.tail.publish([
        record('one', { session: 's1', app: 'shop' }),
        record('two', { session: 's2', app: 'shop' }),
        record('three', { session: 's2', app: 'blog' }),
      ])
      const page = await openLive(t, browser, `${live.url}#session=s2`)
      await showsRows(page, ['three', 'two'])
      assert.equal(await page.$eval('#filter-session', select => (select as HTMLSelectElement).value), 's2')
      await page.select('#filter-app', 'shop')
      await showsRows(page, ['two'])
      assert.equal(new URL(page.url()).hash, '#app=shop&session=s2')
      await page.select('#filter-session', '')
      await showsRows(page, ['two', 'one'])
      await page.select('#filter-app', '')

      await page.evaluate(() => {
        location.hash = '#record=id-one'
      })
      await showsText(page, '.detail-message', /^one$/)
      await (await page.waitForSelector('.actions button'))!.click()
      await showsRows(page, ['one'])
      assert.equal(new URL(page.url()).hash, '#session=s1')
    })

    test('errors are counted by fingerprint, with a sparkline, and lead to their records', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      live.tail.publish([
        ...Array.from({ length: 3 }, (_, n) => exception('aa', `card ${n} declined`, `s${n}`)),
        exception('bb', 'no stock', 's1'),
        record('fine', { session: 's1' }),
      ])
      const page = await openLive(t, browser, `${live.url}#view=errors`)
      await page.waitForFunction(() => document.querySelectorAll('.groups li').length === 2)
      assert.deepEqual(await page.$$eval('.groups .times', found => found.map(one => one.textContent)), ['3', '1'])
      assert.match(
        await page.$eval('.groups .facts', found => found.textContent),
        /shop . last \d+ s ago . 3 sessions . aa/,
      )
      assert.equal(await page.$eval('.groups svg', svg => svg.getAttribute('aria-label')), '3 in the last 20 min')
      assert.equal(await page.$$eval('.groups svg', ([svg]) => svg?.querySelectorAll('.some').length), 1)
      await page.focus('.group')
      await page.keyboard.press('Enter')
      await showsText(page, '.detail-message', /card 2 declined/)
      assert.match(await page.$eval('.frames', frames => frames.textContent), /pay.*checkout\.js:211:13/)
      await page.keyboard.press('Escape')
      assert.equal(await page.evaluate(() => document.activeElement?.className), 'group')
      live.tail.publish([exception('aa', 'card 3 declined', 's9')])
      await showsText(page, '.groups .times', /^4$/)
      await page.click('.groups .show-all')
      await showsRows(
        page,
        [3, 2, 1, 0].map(n => `card ${n} declined`),
      )
      await page.click('#filter-fingerprint')
      await page.waitForFunction(() => document.querySelectorAll('.row').length === 6)
    })

    test('web vitals are gauges with a rating in words', async t => {
      const live = await startLiveServer()
      t.after(() => live.close())
      live.tail.publish([measured('lcp', 1200, 'v1'), measured('lcp', 4800, 'v2'), measured('search_ms', 182)])
      const page = await openLive(t, browser, `${live.url}#view=vitals`)
      await showsText(page, '[data-vital=lcp]', /4\.8 s\s+poor\s+2 views: 1 good, 0 fair, 1 poor/)
      await showsText(page, '[data-vital=inp]', /no data yet/)
      await showsText(page, '#view-vitals', /search_ms\s+1\s+182/)
      const left = await page.$eval('[data-vital=lcp] .marker', marker =>
        Number.parseFloat((marker as HTMLElement).style.left),
      )
      assert.equal(Math.round(left), 75, 'the policy of the page lets it place the marker')
    })

    test('the relay is shown with its spool, lanes, drops and refusals', async t => {
      const live = await startLiveServer({ lokiHost: 'loki:3100' })
      t.after(() => live.close())
      Object.assign(live.spool, { records: 7, bytes: 2048, oldestAgeMs: 61_000, quarantinedRecords: 2 })
      live.lanes.push({
        lane: 'shop-prod {app="shop"}',
        state: 'stopped',
        breaker: 'open',
        reason: '401 no credentials provided',
        sinceMs: Date.now() - 120_000,
      })
      live.outcomes.received(12)
      live.outcomes.stored(3)
      live.outcomes.rejected('too_large', 2)
      live.outcomes.clientDropped({ buffer_overflow: 5 })
      live.tail.publish([record('one', { session: 's1' })])
      live.tail.refused({ code: 'unknown_key', origin: 'https://shop.example', key: 'pk_old' })
      const page = await openLive(t, browser, `${live.url}#view=relay`)
      await showsText(page, '#relay-spool', /7\s+Waiting[\s\S]*1 min\s+Oldest|Waiting\s+7[\s\S]*Oldest\s+1 min/)
      await showsText(
        page,
        '#relay-outcomes',
        /12 received\s+=\s+3 stored\s+\+\s+0 duplicate\s+\+\s+2 rejected\s+\+\s+7 pending/,
      )
      await showsText(page, '#relay-drops', /the relay\s+too large\s+2[\s\S]*a page\s+no room left on the device\s+5/)
      await showsText(page, '#relay-lanes', /shop-prod\s+\{app="shop"\}\s+stopped\s+open\s+2 min\s+401 no credentials/)
      await showsText(page, '#relay-refused', /unknown_key with the key pk_old[\s\S]*data-key="pk_shop_web"/)
      await showsText(page, '#relay-steps', /Not stored in Loki[\s\S]*LOKI_USERNAME and LOKI_AUTH_TOKEN/)
      await showsText(page, '#health', /Not stored in Loki: tenant shop-prod/)
    })
  })

describe('accessibility of the live page', { skip: !puppeteerEngines.includes('chromium') }, () => {
  let browser: Browser
  let live: LiveServer
  before(async () => {
    browser = await launchPuppeteer('chromium')
    live = await startLiveServer({ lokiHost: 'loki:3100' })
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
      live.tail.publish([
        record(`a ${level}`, { session: 's1', level }),
        record('of another app', { session: 's2', app: 'blog' }),
      ])
    live.tail.publish([exception('aa', 'card declined', 's1'), measured('lcp', 1200, 'v1'), measured('cls', 0.4, 'v1')])
    live.tail.publish([measured('inp', 300, 'v1'), measured('search_ms', 12)])
    live.tail.refused({ code: 'origin_not_allowed', origin: 'http://localhost:5173', key: 'pk_shop_web' })
    const lane = { lane: 'shop-prod {app="shop"}', breaker: 'open', sinceMs: 0 }
    live.lanes.push(
      { ...lane, state: 'retrying', reason: 'connect ECONNREFUSED' },
      { ...lane, state: 'stopped', reason: '401' },
    )
  })
  after(async () => {
    await browser.close()
    await live.close()
  })

  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test(`names, roles and contrasts are right in ${scheme} at ${width} px, and nothing is cut off`, async t => {
        const page = await openLive(t, browser, live.url)
        await page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: scheme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ])
        await page.setViewport({ width, height: 800 })
        for (const view of ['records', 'errors', 'vitals', 'relay']) {
          await page.click(`#views [data-view=${view}]`)
          await showsText(page, `#view-${view}`, /\w/)
          await assertAccessible(page, view)
        }
        await page.click('#views [data-view=records]')
        await page.click('.row[data-level=error]')
        await assertAccessible(page, 'a record')
        await page.keyboard.press('Escape')
        await page.click('#pause')
        await page.click('.chip[data-level=info]')
        await assertAccessible(page, 'paused')
      })

  for (const scheme of ['light', 'dark'] as const)
    test(`the steps of a newcomer are, too, in ${scheme}`, async t => {
      const empty = await startLiveServer()
      t.after(() => empty.close())
      const page = await openLive(t, browser, empty.url)
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ])
      await showsText(page, '#empty', /No request yet/)
      await assertAccessible(page, 'no request yet')
      empty.tail.refused({ code: 'unknown_key', origin: 'https://shop.example', key: 'pk_old' })
      await showsText(page, '#empty', /A page was refused/)
      await assertAccessible(page, 'refused')
    })
})

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
}

async function assertAccessible(page: Page, what: string): Promise<void> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResult
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
  assert.deepEqual(found, [], what)
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(beyond <= 0, `${what} is ${beyond} px too wide`)
}

function record(message: string, { session = '', app = 'shop', level = 'info' }) {
  const metadata = { level, session_id: session, record_id: `id-${message}` }
  return liveRecord(message, { app, level, metadata, labels: { app, kind: 'log' }, body: { attributes: { cart: 3 } } })
}

function exception(fingerprint: string, message: string, session: string) {
  const stack = `Error: ${message}\n    at pay (https://shop.example/checkout.js:211:13)`
  const frames = [{ function: 'pay', file: 'https://shop.example/checkout.js', line: 211, column: 13 }]
  return liveRecord(message, {
    level: 'error',
    labels: { app: 'shop', kind: 'exception' },
    metadata: { level: 'error', session_id: session, fingerprint, record_id: `${fingerprint}-${message}` },
    body: {
      error: { type: 'Error', message, stack, frames },
      breadcrumbs: [{ t: Date.now(), category: 'click', message: 'button#pay' }],
    },
  })
}

function measured(name: string, value: number, id?: string) {
  const body = { values: { [name]: value }, attributes: { rating: 'good', id } }
  return liveRecord(name, { labels: { app: 'shop', kind: 'measurement' }, body })
}
