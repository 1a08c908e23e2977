import { test } from 'node:test'
import { sdkTag, stored } from '../browser/sdkPage.ts'
import { rowCount } from '../support/deliveryPage.ts'
import { waitFor } from '../support/waitFor.ts'
import { inEveryEngine, timeoutMs } from './hostPage.ts'
import { assertStoredOnce } from './storedOnce.ts'

/** More than a beacon takes, and less than localStorage does. */
const large = { count: 400, padChars: 400 }

inEveryEngine('records of the last moment, which no relay is there to take,', (host, engine) => {
  // It takes the storage of a window away as soon as that closes itself, in the middle of its script.
  const closesLate = engine === 'webkit'
  for (const { count, padChars } of [{ count: 50, padChars: 0 }, large]) {
    const size = padChars ? 'more than a beacon takes' : 'a few'

    test(`${size}: the page navigates in the same task, and all are stored once at the next visit`, async () => {
      await host.intake.down()
      await open()
      await host.page.evaluate(`void setTimeout(() => (logAll(), location.assign('/other')))`)
      await waitFor(() => host.pages.requests.includes('/other'), { timeoutMs, what: 'the next page' })
      await storedOnceAtNextVisit()
    })

    const when = closesLate ? 'half a second later, since WebKit ends its storage at once' : 'in the same task'
    test(`${size}: the page closes its own tab ${when}, and all are stored once at the next visit`, async () => {
      await host.intake.down()
      await open()
      await host.page.evaluate(`void (window.closing = open('/'))`)
      await waitFor(() => host.page.evaluate('closing.closed'), { timeoutMs, what: 'the tab to close' })
      await storedOnceAtNextVisit()
    })

    async function open(): Promise<void> {
      const body = `${sdkTag(host.intake)}<script>
        function logAll() {
          for (let n = 0; n < ${count}; n++) lokiBeacon.info('record ' + n, { pad: 'x'.repeat(${padChars}) })
        }
        // Only a window that was opened by a script may close itself.
        if (opener) onload = () => setTimeout(() => (logAll(), ${closesLate ? 'setTimeout(close, 500)' : 'close()'}))
      </script>`
      await host.open(body, { '/other': '' })
    }

    function noneStashed(): Promise<boolean> {
      return host.page.evaluate(() => !Object.keys(localStorage).some(name => name.includes('/')))
    }

    async function storedOnceAtNextVisit(): Promise<void> {
      await host.intake.up()
      await host.page.goto(host.pages.origin)
      await stored(host.intake, count)
      await waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows on the device' })
      await waitFor(noneStashed, { timeoutMs, what: 'no batches in localStorage' })
      assertStoredOnce(host.intake, count)
    }
  }
})
