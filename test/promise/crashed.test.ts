import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { stored } from '../browser/sdkPage.ts'
import { assertStoredOnce, inEveryEngine, logSome, numbered, startSdk } from './hostPage.ts'

const soonNever = { flushIntervalMs: 60_000 }

inEveryEngine(
  'a page whose process dies, with fetchLater, which other browsers do not have,',
  host => {
    test('leaves its last records with the browser, although nothing is kept on the device', async () => {
      await host.open(startSdk(host.intake, { batch: soonNever, buffer: { persistence: 'memory' } }))
      await logSome(host.page, 20)
      await sleep(500)
      assert.equal(host.intake.attempts.length, 0)
      await crash(host.page as Page)
      await stored(host.intake, 20)
      assertStoredOnce(host.intake, numbered(20))
    })

    test('has them stored once, although its rows are sent at the next visit too', async () => {
      await host.open(startSdk(host.intake, { batch: soonNever }), { '/next': startSdk(host.intake) })
      await logSome(host.page, 20)
      await sleep(500)
      await crash(host.page as Page)
      await stored(host.intake, 20)
      const next = await host.page.browserContext().newPage()
      await next.goto(`${host.pages.origin}/next`)
      await sleep(2000)
      assertStoredOnce(host.intake, numbered(20))
      assert.ok(host.intake.attempts.length > 2, 'the rows were not sent')
    })

    test('that closes delivers what it left behind by itself, once', async () => {
      await host.open(startSdk(host.intake, { batch: soonNever }))
      await logSome(host.page, 20)
      await sleep(500)
      await host.page.goto('about:blank')
      await stored(host.intake, 20)
      await sleep(500)
      assert.deepEqual(
        host.intake.attempts.map(({ records }) => records.length).sort(),
        [1, 19],
        'what was left with the browser is taken back',
      )
    })
  },
  ['chromium'],
)

async function crash(page: Page): Promise<void> {
  const cdp = await page.createCDPSession()
  // Never answered.
  cdp.send('Page.crash').catch(() => {})
  await sleep(200)
}
