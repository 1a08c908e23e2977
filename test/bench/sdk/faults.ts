import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'puppeteer-core'
import { launchPuppeteer } from '../../support/puppeteerBrowsers.ts'
import { type BenchSite, serveBench } from './benchSite.ts'
import type { Contender } from './contenders.ts'
import { arrival } from './deliveryCost.ts'

/** What became of the records of one page under one fault. */
export interface Outcome {
  stored: number
  /** How often a server has taken a record that it had already. */
  storedAgain: number
}

interface Scene {
  site: BenchSite
  /** The first visit: the SDK is started. */
  page: Page
  /** Logs them all, over 5 s. */
  log(): Promise<void>
  /** Opens the page again, as a visitor does who comes back. */
  comeBack(): Promise<void>
}

export const recordsPerFault = 100
const logEveryMs = 50
/** Sentry and Faro send after some seconds, Datadog after 30. */
const patienceMs = 40_000

declare let target: { info(message: string, attributes: object): void }
declare const contender: { start(): typeof target }
declare function logPaced(calls: number, everyMs: number): Promise<void>

/** What happens to real pages, by name. */
export const faults: Record<string, (scene: Scene) => Promise<void>> = {
  nothing: ({ log }) => log(),
  'the server answers 503 for 20 s': scene => during(scene, 'overloaded', 20_000),
  'the network is away for 30 s': scene => during(scene, 'cut', 30_000),
  'the server answers 429, in 5 s again': scene => during(scene, 'limited', 8000),
  'answers are lost for 8 s': scene => during(scene, 'answer lost', 8000),
  async 'the page is left at once'({ log, page }) {
    await log()
    await page.goto('about:blank')
  },
  async 'the tab crashes 1 s after, and is opened again'({ log, page, comeBack }) {
    await log()
    await sleep(1000)
    await crash(page)
    await comeBack()
  },
  async 'no network; closed, and opened again with it'({ log, page, site, comeBack }) {
    site.fault = 'cut'
    await log()
    await sleep(5000)
    await page.close()
    site.fault = undefined
    await comeBack()
  },
}

/** Under each fault all SDKs together: here nothing is a matter of time. */
export async function measureFaults(contenders: readonly Contender[]): Promise<Record<string, Outcome[]>> {
  const outcomes: Record<string, Outcome[]> = {}
  for (const [name, play] of Object.entries(faults)) {
    const browser = await launchPuppeteer('chromium')
    try {
      outcomes[name] = await Promise.all(contenders.map(each => outcomeOf(browser, each, play)))
    } finally {
      await browser.close()
    }
  }
  return outcomes
}

async function outcomeOf(browser: Browser, contender: Contender, play: (scene: Scene) => Promise<void>) {
  const site = await serveBench(contender)
  try {
    const page = await visit(browser, site, contender)
    await play({
      site,
      page,
      log: () => page.evaluate((calls, everyMs) => logPaced(calls, everyMs), recordsPerFault, logEveryMs),
      async comeBack() {
        await visit(browser, site, contender)
      },
    })
    await arrival(site, recordsPerFault, patienceMs)
    // What comes again comes later.
    await sleep(5000)
    const times = [...site.arrived.values()]
    return { stored: times.length, storedAgain: times.reduce((sum, time) => sum + time - 1, 0) }
  } finally {
    await site.close()
  }
}

async function during({ site, log }: Scene, fault: BenchSite['fault'], faultMs: number): Promise<void> {
  site.fault = fault
  const over = sleep(faultMs).then(() => {
    site.fault = undefined
  })
  await Promise.all([log(), over])
}

async function visit(browser: Browser, { origin }: BenchSite, { bundle }: Contender): Promise<Page> {
  // A tab behind another is hidden, and its timers are throttled.
  const page = await browser.newPage({ type: 'window' })
  await page.goto(origin)
  await page.addScriptTag({ content: bundle })
  await page.evaluate(() => {
    target = contender.start()
  })
  // An SDK that starts when the page is idle shall have done so.
  await sleep(1000)
  return page
}

async function crash(page: Page): Promise<void> {
  const cdp = await page.createCDPSession()
  // Never answered.
  cdp.send('Page.crash').catch(() => {})
  await sleep(500)
}
