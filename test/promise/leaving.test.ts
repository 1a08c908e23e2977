import { beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sdkTag, serveSdkPages } from '../browser/sdkPage.ts'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { isDatabaseLocked, rowCount } from '../support/deliveryPage.ts'
import { waitFor } from '../support/waitFor.ts'
import { assertStoredOnce } from './storedOnce.ts'

const timeoutMs = 30_000

for (const engine of browserEngines)
  describe(`50 records of a page's last moment are stored once in ${engine}`, () => {
    const host = useBrowser(engine)

    beforeEach(async () => {
      host.pages = await serveSdkPages({
        '/': `${sdkTag(host.intake)}<script>
          function log50() {
            for (let n = 0; n < 50; n++) lokiBeacon.info('record ' + n)
          }
          // Only a window that was opened by a script may close itself.
          if (opener) onload = () => setTimeout(() => (log50(), close()))
        </script>`,
        '/other': '',
      })
      await host.page.goto(host.pages.origin)
    })

    for (const answerMs of [0, 1500]) {
      const relay = answerMs ? ', the relay answering after 1.5 s' : ''
      const answerLate = () => {
        host.intake.script = () => sleep(answerMs, undefined)
      }

      test(`when it navigates in the same task${relay}`, async () => {
        answerLate()
        await host.page.evaluate(`void setTimeout(() => (log50(), location.assign('/other')))`)
        await waitFor(() => host.pages.requests.includes('/other'), { timeoutMs, what: 'the next page' })
        await storedOnceAfterNextVisit()
      })

      test(`when it closes its own tab in the same task${relay}`, async () => {
        answerLate()
        await host.page.evaluate(`void (window.closing = open('/'))`)
        await waitFor(() => host.page.evaluate('closing.closed'), { timeoutMs, what: 'the tab to close' })
        await storedOnceAfterNextVisit()
      })

      // It aborts the scripts of a process that ends with its last tab, ours at pagehide among them, at any point:
      // https://searchfox.org/mozilla-central/search?q=dom.abort_script_on_child_shutdown
      const exception =
        engine === 'firefox' ? ' a tenth of a second later, since Firefox aborts the scripts of closed tabs' : ''
      test(`when the tab is closed from outside${exception}${relay}`, async () => {
        answerLate()
        await host.page.evaluate('log50()')
        if (exception) await sleep(100)
        await host.page.close()
        await storedOnceAfterNextVisit()
      })
    }

    async function storedOnceAfterNextVisit(): Promise<void> {
      const next = await host.page.browserContext().newPage()
      await next.goto(host.pages.origin)
      await waitFor(() => host.intake.stored.length >= 50, { timeoutMs, what: '50 stored records' })
      assertStoredOnce(host.intake, 50)
      // Now and then WebKit leaves a database locked by a tab that is closed while it writes there.
      if (engine === 'webkit' && (await isDatabaseLocked(next))) return
      await waitFor(async () => (await rowCount(next)) === 0, { timeoutMs, what: 'no rows on the device' })
      assertStoredOnce(host.intake, 50)
    }
  })
