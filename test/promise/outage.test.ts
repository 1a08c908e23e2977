import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { type Intake, startIntake } from '../support/intake.ts'
import { openOnProfile } from '../support/profileBrowser.ts'
import { tempDir } from '../support/tempDir.ts'
import type { TestBrowser, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import { attemptsWithin } from './attemptsWithin.ts'
import { type LoggingPages, serveLoggingPages } from './loggingPage.ts'
import { assertStoredOnce } from './storedOnce.ts'

const timeoutMs = 30_000
/** With the pauses of the default, or with shorter ones. */
const outage = process.env.LONG
  ? { count: 60, everyMs: 1000, retry: { baseDelayMs: 1000, maxDelayMs: 60_000 } }
  : { count: 50, everyMs: 200, retry: { baseDelayMs: 1000, maxDelayMs: 3000 } }
const outageMs = outage.count * outage.everyMs
const burst = { count: 50, everyMs: 20 }

for (const engine of browserEngines)
  describe(`a relay that is down, in ${engine}`, () => {
    let browser: TestBrowser
    let page: TestPage
    let intake: Intake
    let pages: LoggingPages

    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())
    beforeEach(async () => {
      intake = await startIntake()
      pages = await serveLoggingPages(intake, { retry: outage.retry })
      page = await (await browser.createBrowserContext()).newPage()
    })
    afterEach(async () => {
      await page.browserContext().close()
      await pages.close()
      await intake.close()
    })

    test(`for ${outageMs / 1000} s: no more attempts than the pauses allow, and then every record once`, async () => {
      intake.script = () => 'reset'
      const startMs = performance.now()
      await page.goto(pages.logging(outage))
      await pages.hasLogged(outage.count, 2 * outageMs)
      const requests = intake.attempts.length
      const most = attemptsWithin(performance.now() - startMs, outage.retry)
      assert.ok(requests > 0 && requests <= most, `${requests} requests, at most ${most} were expected`)
      intake.script = () => undefined
      await waitFor(() => intake.stored.length >= outage.count, {
        timeoutMs: outage.retry.maxDelayMs + timeoutMs,
        what: 'all to be stored',
      })
      await page.goto(pages.quiet)
      await arrived(outage.count)
    })

    test('for the length of a page: every record is stored once at the next visit', async () => {
      await intake.down()
      await page.goto(pages.logging({ ...burst, thenTo: pages.without }))
      await waitFor(() => page.evaluate('location.pathname === "/without"'), { timeoutMs, what: 'the next page' })
      await intake.up()
      await page.goto(pages.quiet)
      await arrived(burst.count)
    })

    test('over a restart of the browser: every record is stored once', async t => {
      const profileDir = await tempDir(t)
      await intake.down()
      const first = await openOnProfile(engine, profileDir, pages.logging(burst))
      await pages
        .hasLogged(burst.count)
        .then(() => sleep(500))
        .finally(first.quit)
      const second = await openOnProfile(engine, profileDir, pages.quiet)
      try {
        await intake.up()
        await arrived(burst.count)
      } finally {
        await second.quit()
      }
    })

    for (const fault of ['refuses connections', 'never answers'])
      test(`and ${fault}: leaving the page takes no longer for it`, async () => {
        const leave = async () => {
          const startMs = performance.now()
          await page.goto(pages.without)
          return performance.now() - startMs
        }
        await page.goto(pages.without)
        const withoutSdkMs = await leave()
        if (fault === 'never answers') intake.script = () => 'hang'
        else await intake.down()
        await page.goto(pages.logging(burst))
        await pages.hasLogged(burst.count)
        const ms = await leave()
        assert.ok(ms < withoutSdkMs + 2000, `${ms} ms, ${withoutSdkMs} ms without the SDK`)
      })

    /** To be called with the quiet page open. */
    async function arrived(count: number): Promise<void> {
      await waitFor(() => intake.stored.length >= count, { timeoutMs, what: `${count} stored records` })
      await pages.nothingLeft()
      assertStoredOnce(intake, count)
    }
  })
