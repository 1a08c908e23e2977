import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SdkGlobals, sdkTag, serveSdkPages, stored } from '../browser/sdkPage.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { startIntake } from '../support/intake.ts'

// As in a tab that was opened in the background; the engines differ in whether a driver can open one.
const hidden = `<script>
Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
</script>`

for (const engine of browserEngines)
  test(`${engine}: a page that was loaded in the background has each record on its way as soon as the code that logs ends`, async t => {
    const intake = await startIntake()
    const pages = await serveSdkPages({ '/': `${hidden}${sdkTag(intake)}` })
    const browser = await launchBrowser(engine)
    t.after(() => Promise.all([browser.close(), pages.close(), intake.close()]))
    const page = await browser.newPage()
    await page.goto(pages.origin)
    const handedOn = await page.evaluate(async () => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      lokiBeacon.info('in the background')
      await Promise.resolve()
      return lokiBeacon.stats().bytes > 0
    })
    assert.ok(handedOn, 'without a timer, of which such a page has one a second at most')
    await stored(intake, 1)
  })
