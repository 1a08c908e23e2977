import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'puppeteer-core'
import { openBenchPage } from './benchPage.ts'
import type { Contender } from './contenders.ts'

const tasks = 20
const callsPerTask = 5000
export const callsWhenDown = tasks * callsPerTask

/** By how many bytes the heap has grown after 100,000 calls with nobody to take the records. */
export async function heapGrowthBytes(browser: Browser, contender: Contender): Promise<number> {
  const bench = await openBenchPage(browser, contender, { isDown: true })
  try {
    await bench.start()
    await sleep(2500)
    const before = await bench.heapBytes()
    for (let task = 0; task < tasks; task++) {
      await bench.burst(callsPerTask)
      await sleep(50)
    }
    await sleep(3000)
    return (await bench.heapBytes()) - before
  } finally {
    await bench.close()
  }
}
