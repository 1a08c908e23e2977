import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { launchPuppeteer, type PuppeteerEngine } from '../../support/puppeteerBrowsers.ts'
import type { TestBrowser, TestPage } from '../../support/testBrowser.ts'

/** Where the tabs of one run are opened: its storage is empty at first, and outlives the tabs. */
export interface Home {
  newPage(): Promise<TestPage>
  /** Ends the process of that page without a warning, or the whole browser; says which pages are gone with it. */
  kill(page: TestPage): Promise<(page: TestPage) => boolean>
  close(): Promise<void>
}

export async function openContext(browser: TestBrowser): Promise<Home> {
  const context = await browser.createBrowserContext()
  const dead = new Set<TestPage>()
  return {
    async newPage() {
      const page = await context.newPage()
      // Pages of one site may share a process.
      if ('once' in page) (page as unknown as Page).once('error', () => dead.add(page))
      return page
    },
    async kill(page) {
      await crash(page as unknown as Page)
      return other => dead.has(other)
    },
    close: () => context.close(),
  }
}

/** A browser of its own, on a profile that the next one finds as it was left. */
export async function openProfile(engine: PuppeteerEngine): Promise<Home> {
  const profileDir = await mkdtemp(join(tmpdir(), 'loki-beacon-profile-'))
  let browser = await launchPuppeteer(engine, { profileDir })
  return {
    newPage: () => browser.newPage(),
    async kill() {
      await killProcess(browser)
      browser = await launchPuppeteer(engine, { profileDir })
      return () => true
    },
    async close() {
      await browser.close()
      await rm(profileDir, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function crash(page: Page): Promise<void> {
  const crashed = new Promise(resolve => page.once('error', resolve))
  const session = await page.createCDPSession()
  // Nobody is left to answer the command.
  session.send('Page.crash').catch(() => {})
  await crashed
}

async function killProcess(browser: Browser): Promise<void> {
  const child = browser.process()
  const ended = new Promise(resolve => child?.once('exit', resolve))
  child?.kill('SIGKILL')
  await ended
  // Its children notice by themselves, and hold the profile until then.
  await new Promise(resolve => setTimeout(resolve, 500))
}
