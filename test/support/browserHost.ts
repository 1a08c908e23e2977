import { after, afterEach, before, beforeEach } from 'node:test'
import { type BrowserEngine, launchBrowser } from './browsers.ts'
import { type Intake, startIntake } from './intake.ts'
import type { PageServer } from './pageServer.ts'
import type { TestBrowser, TestPage } from './testBrowser.ts'

export interface BrowserHost {
  readonly browser: TestBrowser
  /** With storage of its own. */
  readonly page: TestPage
  readonly intake: Intake
  /** What a test serves, closed after it. */
  pages: Pick<PageServer, 'origin' | 'requests' | 'close'>
}

/** For the tests of a `describe`: one browser for all of them, and for each a fresh page and a fresh intake. */
export function useBrowser(engine: BrowserEngine): BrowserHost {
  const host = {} as { -readonly [Part in keyof BrowserHost]: BrowserHost[Part] } & { pages?: PageServer }
  before(async () => {
    host.browser = await launchBrowser(engine)
  })
  after(() => host.browser.close())
  beforeEach(async () => {
    host.intake = await startIntake()
    host.page = await (await host.browser.createBrowserContext()).newPage()
  })
  afterEach(async () => {
    await host.page.browserContext().close()
    await host.pages?.close()
    await host.intake.close()
  })
  return host
}
