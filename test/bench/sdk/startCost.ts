import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'puppeteer-core'
import { openBenchPage, type Timing } from './benchPage.ts'
import type { Contender } from './contenders.ts'

/** What a page pays for having the SDK, before it logs anything. */
export interface StartCost {
  /** Evaluation of the bundle and `init()`. */
  start: Timing
  /** Main thread, from the script's start to one second later. */
  firstSecondMs: number
}

export async function measureStart(browser: Browser, contender: Contender): Promise<StartCost> {
  const bench = await openBenchPage(browser, contender)
  try {
    // What opening the page left to do is not the SDK's.
    await sleep(300)
    const beforeMs = await bench.mainThreadMs()
    const second = sleep(1000)
    const start = await bench.start()
    await second
    return { start, firstSecondMs: (await bench.mainThreadMs()) - beforeMs }
  } finally {
    await bench.close()
  }
}
