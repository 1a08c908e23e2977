import { once } from 'node:events'
import { findWebkit, webkit } from '../parts/webkit.ts'
import type { BrowserEngine } from './browsers.ts'
import { killTree } from './killTree.ts'
import { launchPuppeteer } from './puppeteerBrowsers.ts'
import { launchWebkitOnProfile } from './webkitLauncher.ts'

/** A browser that shows one page, which nobody drives, and keeps what it stores in a directory. */
export interface ProfileBrowser {
  /** As at the end of a session. */
  quit(): Promise<void>
  /** Without a warning, all of its processes. Returns the wall clock of that moment. */
  kill(): Promise<number>
}

export async function openOnProfile(
  engine: BrowserEngine,
  profileDir: string,
  address: string,
): Promise<ProfileBrowser> {
  if (engine === 'webkit') {
    const programs = findWebkit()
    if (!programs) throw new Error(`${webkit.name} is missing: ${webkit.howToGet}`)
    return launchWebkitOnProfile(programs, profileDir, address)
  }
  const browser = await launchPuppeteer(engine, { profileDir })
  const child = browser.process()
  if (child?.pid === undefined) throw new Error('the browser has no process')
  const { pid } = child
  await (await browser.newPage()).goto(address)
  return {
    quit: () => browser.close(),
    async kill() {
      const exit = once(child, 'exit')
      const atMs = killTree(pid)
      await exit
      return atMs
    },
  }
}
