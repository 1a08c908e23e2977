import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'puppeteer-core'
import { waitFor } from '../../support/waitFor.ts'
import { type BenchPage, openBenchPage } from './benchPage.ts'
import type { Contender } from './contenders.ts'

/** All that a page pays for so many records, from before the first call until they are delivered. */
export interface DeliveryCost {
  /** Main thread: calls, serialising, storing, sending, taking the answers. */
  mainThreadMs: number
  /** How many came, be it only when the page was left. */
  arrived: number
  /** Tasks of more than 50 ms after the one with the page's own loop, and what followed the loop in that one. */
  longTaskMs: number[]
}

declare let longTasks: { startMs: number; durationMs: number }[]

/** Later than all that an SDK still does of itself after its start. */
const settleMs = 2500
/** When so long nothing has come, the rest was dropped, or waits for the page's end. */
const quietMs = 3000

/** One after the other, in pages that were opened and settled together. */
export async function measureDelivery(
  browser: Browser,
  contenders: readonly Contender[],
  calls: number,
): Promise<DeliveryCost[]> {
  const benches: BenchPage[] = []
  const costs: DeliveryCost[] = []
  try {
    for (const contender of contenders) {
      const bench = await openBenchPage(browser, contender)
      benches.push(bench)
      await bench.start()
    }
    await sleep(settleMs)
    for (const bench of benches) costs.push(await measureOne(bench, calls))
    return costs
  } finally {
    for (const bench of benches) await bench.close()
  }
}

async function measureOne({ page, site, burst, mainThreadMs }: BenchPage, calls: number): Promise<DeliveryCost> {
  await page.bringToFront()
  await page.evaluate(observeLongTasks)
  const beforeMs = await mainThreadMs()
  const loop = await burst(calls)
  await arrival(site, calls)
  // The last answer is still to be taken.
  await sleep(300)
  const afterMs = await mainThreadMs()
  const tasks = await page.evaluate(() => longTasks)
  await page.goto('about:blank')
  await sleep(300)
  return {
    mainThreadMs: afterMs - beforeMs,
    arrived: site.arrived.size,
    longTaskMs: tasks
      .map(({ startMs, durationMs }) => (startMs > loop.startMs ? durationMs : durationMs - loop.clockMs))
      .filter(ms => ms > 50),
  }
}

/** Until all records have come, or nothing comes any more. */
export async function arrival(site: BenchPage['site'], calls: number, patienceMs = quietMs): Promise<void> {
  const sinceMs = performance.now()
  const isOver = () =>
    site.arrived.size >= calls || performance.now() - Math.max(sinceMs, site.lastPostMs()) > patienceMs
  await waitFor(isOver, { timeoutMs: 60_000, everyMs: 20, what: 'the last request' })
}

function observeLongTasks(): void {
  longTasks = []
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries())
      longTasks.push({ startMs: startTime, durationMs: duration })
  })
  observer.observe({ type: 'longtask' })
}
