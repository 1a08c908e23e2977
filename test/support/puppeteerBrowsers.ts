import puppeteer, { type Browser } from 'puppeteer-core'
import { chromium } from '../parts/chromium.ts'
import { firefox } from '../parts/firefox.ts'

export type PuppeteerEngine = 'chromium' | 'firefox'

const parts = { chromium, firefox }

/** Those of the engines that can do all that a browser can be asked for, and are there. */
export const puppeteerEngines: readonly PuppeteerEngine[] = (['chromium', 'firefox'] as const).filter(engine =>
  parts[engine].find(),
)

export interface LaunchOptions {
  /** Keeps storage across launches; otherwise a fresh profile that is removed at the end. */
  profileDir?: string
  /** Takes certificates that nobody vouches for. */
  acceptInsecureCerts?: boolean
}

export async function launchPuppeteer(engine: PuppeteerEngine, options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = parts[engine].find()
  if (!executablePath) throw new Error(`${parts[engine].name} is missing: ${parts[engine].howToGet}`)
  const browser = await puppeteer.launch({
    browser: engine === 'firefox' ? 'firefox' : 'chrome',
    executablePath,
    headless: true,
    acceptInsecureCerts: options.acceptInsecureCerts,
    args: engine === 'chromium' ? chromiumArgs() : [],
    ...(options.profileDir ? { userDataDir: options.profileDir } : {}),
  })
  const child = browser.process()
  // A test that fails before its own clean-up must leave no browser behind.
  const killAtExit = () => void child?.kill('SIGKILL')
  process.once('exit', killAtExit)
  child?.once('exit', () => process.off('exit', killAtExit))
  return browser
}

function chromiumArgs(): string[] {
  const args = [
    '--disable-gpu',
    '--disable-quic',
    // /dev/shm is 64 MB in containers, and Chromium crashes when it is full.
    '--disable-dev-shm-usage',
  ]
  // Chromium refuses to sandbox as root: https://crbug.com/638180
  return process.getuid?.() === 0 ? ['--no-sandbox', ...args] : args
}
