import { findWebkit, webkit } from '../parts/webkit.ts'
import { launchPuppeteer, type PuppeteerEngine, puppeteerEngines } from './puppeteerBrowsers.ts'
import type { TestBrowser } from './testBrowser.ts'
import { launchWebkit } from './webkitBrowser.ts'

export type BrowserEngine = PuppeteerEngine | 'webkit'

/** The engines that are there. `npm test` says which one is not, and fails for it in CI. */
export const browserEngines: readonly BrowserEngine[] = [
  ...puppeteerEngines,
  ...(findWebkit() ? ['webkit' as const] : []),
]

/** What a record says of the browser in which it was made. */
export const browserNames: Readonly<Record<BrowserEngine, RegExp>> = {
  chromium: /^Chrome \d+$/,
  firefox: /^Firefox \d+$/,
  webkit: /^Safari \d+$/,
}

export async function launchBrowser(engine: BrowserEngine): Promise<TestBrowser> {
  if (engine !== 'webkit') return launchPuppeteer(engine)
  const programs = findWebkit()
  if (!programs) throw new Error(`${webkit.name} is missing: ${webkit.howToGet}`)
  return launchWebkit(programs)
}
