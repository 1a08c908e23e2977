import type { Browser } from 'puppeteer-core'
import { openBenchPage, type Timing } from './benchPage.ts'
import type { Contender } from './contenders.ts'

/** `log.info` with four attributes, so many times in the first task of a page that logs. */
export async function measureCalls(browser: Browser, contender: Contender, calls: number): Promise<Timing> {
  const bench = await openBenchPage(browser, contender)
  try {
    await bench.start()
    return await bench.burst(calls)
  } finally {
    await bench.close()
  }
}
