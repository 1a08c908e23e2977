import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'puppeteer-core'
import { openBenchPage } from './benchPage.ts'
import type { Contender } from './contenders.ts'
import { arrival } from './deliveryCost.ts'

/** What an SDK with nothing to do still does. */
export interface Idle {
  requests: number
  /** Timers set, and timers that fired. */
  timers: number
  arrived: number
}

declare let timers: number

const calls = 100
/** Datadog sends what fills no batch after 30 s. */
const patienceMs = 35_000
export const idleMs = 5000

/** Watches for 5 s, after 100 records were delivered and all that follows a delivery is done. */
export async function measureIdle(browser: Browser, contender: Contender): Promise<Idle> {
  const bench = await openBenchPage(browser, contender)
  try {
    await bench.page.evaluate(countTimers)
    await bench.start()
    await bench.burst(calls)
    await arrival(bench.site, calls, patienceMs)
    await sleep(3000)
    const requestsBefore = bench.site.posts()
    const timersBefore = await bench.page.evaluate(() => timers)
    await sleep(idleMs)
    return {
      requests: bench.site.posts() - requestsBefore,
      timers: (await bench.page.evaluate(() => timers)) - timersBefore,
      arrived: bench.site.arrived.size,
    }
  } finally {
    await bench.close()
  }
}

function countTimers(): void {
  timers = 0
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const native = window[name]
    const counted = (handler: TimerHandler, delayMs?: number, ...given: unknown[]) => {
      timers++
      const run = (...args: unknown[]) => {
        timers++
        if (typeof handler === 'function') handler(...args)
      }
      return native(run, delayMs, ...given)
    }
    Reflect.set(window, name, counted)
  }
}
