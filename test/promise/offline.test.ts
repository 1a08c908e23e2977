import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { flush, isBalanced, statsOf } from '../browser/sdkPage.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { storedRows } from '../support/deliveryPage.ts'
import { startIntake } from '../support/intake.ts'
import { launchPuppeteer, puppeteerEngines } from '../support/puppeteerBrowsers.ts'
import type { LokiEntry } from '../support/realLoki.ts'
import type { TestBrowser, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import { startLokiRelay, timeoutMs } from './lokiRelay.ts'
import { delivered, log, serveShop, shopPage } from './shopPages.ts'

const dayMs = 86_400_000

for (const engine of browserEngines) {
  describe(`without a network, and with clocks that are set, in ${engine}`, () => {
    let browser: TestBrowser
    let page: TestPage

    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())
    beforeEach(async () => {
      page = await (await browser.createBrowserContext()).newPage()
    })
    afterEach(() => page.browserContext().close())

    const onDevice = (count: number) =>
      waitFor(async () => (await storedRows(page)).reduce((sum, row) => sum + row.count, 0) === count, {
        timeoutMs,
        what: `${count} records on the device`,
      })

    test('a whole visit offline, the next one online 3 days later: all stored once, at the time of their event', async t => {
      const relay = await startLokiRelay()
      const past = shopPage({ url: relay.url, first: `(${moveClock})(${-3 * dayMs})` })
      const pages = await serveShop({ '/past': past, '/past/cart': past, '/now': shopPage({ url: relay.url }) })
      t.after(async () => {
        await pages.close()
        await relay.stop()
      })
      await relay.kill()
      for (const [path, from] of [
        ['/past', 0],
        ['/past/cart', 20],
      ] as const) {
        await page.goto(pages.origin + path)
        await log(page, 10, from)
        assert.equal(await flush(page), false)
        await log(page, 10, from + 10)
        await onDevice(from + 20)
      }
      await page.goto(`${pages.origin}/elsewhere`)
      await relay.restart()
      await page.goto(`${pages.origin}/now`)
      await log(page, 10, 40)
      await delivered(page, 10)
      await onDevice(0)

      const range = { startMs: Date.now() - 4 * dayMs, endMs: Date.now() + 60_000 }
      const events = (await relay.assertStoredOnce(50, { range })).map(readEvent)
      assert.deepEqual(
        events.map(({ number }) => number).sort((a, b) => a - b),
        [...Array(50).keys()],
      )
      for (const { number, atMs, storedMs } of events) {
        assert.ok(Math.abs(storedMs - atMs) <= 5, `record ${number} is ${storedMs - atMs} ms off`)
        const ageMs = Date.now() - storedMs
        const expectedMs = number < 40 ? 3 * dayMs : 0
        assert.ok(Math.abs(ageMs - expectedMs) < 600_000, `record ${number} is ${ageMs} ms old`)
      }
    })

    test('the clock is set back by an hour amid the page: times go on, and retries too', async t => {
      const intake = await startIntake()
      const pages = await serveShop({ '/': shopPage({ url: intake.url, first: `(${moveClock})(0)` }) })
      t.after(async () => {
        await pages.close()
        await intake.close()
      })
      const startMs = Date.now()
      await page.goto(pages.origin)
      await log(page, 5)
      await delivered(page, 5)
      await page.evaluate(`setClock(${-3_600_000})`)
      await intake.down()
      await log(page, 5, 5)
      assert.equal(await flush(page), false)
      await intake.up()
      await delivered(page, 10)
      await log(page, 5, 10)
      const stats = await delivered(page, 15)
      assert.deepEqual([stats.created, stats.dropped, stats.pending], [15, {}, 0])
      assert.ok(isBalanced(stats))

      const records = intake.stored.sort((a, b) => a.n - b.n)
      assert.deepEqual(
        records.map(({ attributes }) => attributes?.number),
        [...Array(15).keys()],
      )
      const times = records.map(({ t }) => t)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
      assert.ok(times[0]! >= startMs - 5 && times.at(-1)! <= Date.now() + 5, `${times}, test from ${startMs}`)
      const offsets = intake.attempts.map(({ header }) => header.clockOffsetMs ?? 0)
      assert.ok(
        offsets.every(offset => Math.abs(offset) < 1000),
        `offsets ${offsets}`,
      )
    })
  })
}

// Neither BiDi nor WebDriver can do it to the other engines.
for (const engine of puppeteerEngines.filter(name => name === 'chromium')) {
  test(`${engine} goes offline and online again: the event ends a long pause of our own, all stored once`, async t => {
    const intake = await startIntake()
    // Pauses as long as their random part allows: 32 s after six failures in a row.
    const longPauses = { first: 'Math.random = () => 0.999', init: 'retry: { maxDelayMs: 600000 },' }
    const pages = await serveShop({ '/': shopPage({ url: intake.url, ...longPauses }) })
    const browser = await launchPuppeteer(engine)
    t.after(async () => {
      await browser.close()
      await pages.close()
      await intake.close()
    })
    const page = await browser.newPage()
    await page.goto(pages.origin)
    await page.setOfflineMode(true)
    await log(page, 10)
    await waitFor(async () => (await flush(page)) || (await statsOf(page)).breaker === 'open', {
      timeoutMs,
      what: 'the circuit breaker to open',
    })
    const { pending, lastError } = await statsOf(page)
    assert.deepEqual([pending, lastError?.code, intake.attempts.length], [10, 'network_error', 0])
    const startMs = performance.now()
    await page.setOfflineMode(false)
    assert.ok(isBalanced(await delivered(page, 10)))
    const waitedMs = performance.now() - startMs
    assert.ok(waitedMs < 10_000, `${waitedMs} ms`)
    assert.deepEqual([intake.stored.length, intake.attempts.length], [10, 1])
  })
}

/** Runs in the page before the SDK: both clocks that a page has, moved by so much, and `setClock` to move the one that users set. */
function moveClock(byMs: number): void {
  const OwnDate = Date
  let shiftMs = byMs
  globalThis.Date = class extends OwnDate {
    constructor(...given: [number]) {
      super(...(given.length ? given : ([OwnDate.now() + shiftMs] as [number])))
    }
    static override now = () => OwnDate.now() + shiftMs
  } as DateConstructor
  Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + byMs })
  Object.assign(globalThis, { setClock: (toMs: number) => (shiftMs = toMs) })
}

function readEvent({ line, timestampNs }: LokiEntry): { number: number; atMs: number; storedMs: number } {
  const { number, at } = JSON.parse(line).attributes
  return { number, atMs: at, storedMs: Number(BigInt(timestampNs) / 1000n) / 1000 }
}
