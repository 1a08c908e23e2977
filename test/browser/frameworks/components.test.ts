import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { WireRecord } from '../../../sdk/src/wire.ts'
import { browserEngines, launchBrowser } from '../../support/browsers.ts'
import { type Intake, startIntake } from '../../support/intake.ts'
import type { PageServer } from '../../support/pageServer.ts'
import type { TestBrowser, TestPage } from '../../support/testBrowser.ts'
import { waitFor } from '../../support/waitFor.ts'
import { type BuildOptions, buildExample } from './buildExample.ts'
import { click, reportOf, serveExample, shows } from './examplePage.ts'

const react18 = { react: 'react-18', 'react-dom': 'react-dom-18' }

for (const engine of browserEngines) {
  describe(`components in ${engine}`, () => {
    let browser: TestBrowser
    let intake: Intake
    let pages: PageServer
    let page: TestPage

    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())
    beforeEach(async () => {
      intake = await startIntake()
      page = await (await browser.createBrowserContext()).newPage()
    })
    afterEach(async () => {
      await page.browserContext().close()
      await pages.close()
      await intake.close()
    })

    async function open(entry: string, options?: BuildOptions): Promise<void> {
      pages = await serveExample(await buildExample(entry, options), intake)
      await page.goto(pages.origin)
    }

    /** All exceptions, once there are so many and a while has passed in which more could come. */
    async function exceptions(count: number): Promise<WireRecord[]> {
      const found = () => intake.stored.filter(({ kind }) => kind === 'exception')
      await waitFor(() => found().length >= count, { timeoutMs: 15_000, what: `${count} exceptions` })
      await new Promise(resolve => setTimeout(resolve, 300))
      assert.equal(
        found().length,
        count,
        found()
          .map(({ message, mechanism }) => `${mechanism}: ${message}`)
          .join('\n'),
      )
      return found()
    }

    async function assertPrinted(text: string): Promise<void> {
      const { printed, uncaught } = await reportOf(page)
      assert.equal(
        [...printed, ...uncaught].filter(each => each.includes(text)).length,
        1,
        [...printed, ...uncaught].join(),
      )
    }

    for (const [version, options] of [
      ['19', {}],
      ['18', { alias: react18 }],
    ] as const) {
      test(`React ${version}: what a component throws is recorded once, with its components; the fallback shows`, async () => {
        await open('react/main.tsx', options)
        await click(page, 'Break the cart')
        await shows(page, 'Something went wrong')
        const [record] = await exceptions(1)
        assert.equal(record!.message, 'Error: the cart is broken')
        assert.equal(record!.mechanism, 'react')
        assert.equal(record!.attributes!.hook, 'ErrorBoundary')
        assert.match(String(record!.attributes!.componentStack), /^at Cart /)
        // The provider's logger, not the root's.
        assert.equal(record!.attributes!.feature, 'cart')
        assert.match(record!.error!.stack!, /Cart/)
        assert.equal(intake.stored.find(({ kind }) => kind === 'log')!.attributes!.feature, 'cart')
        await assertPrinted('the cart is broken')
      })
    }
  })
}
