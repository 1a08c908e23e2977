import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, CDPSession, Page } from 'puppeteer-core'
import { type BenchSite, serveBench } from './benchSite.ts'
import type { Contender } from './contenders.ts'

/** Of one task. */
export interface Timing {
  /** On the page's clock. */
  startMs: number
  clockMs: number
  /** What the main thread had of the processor: less than by the clock on a busy machine, and while it waits for another process. */
  scriptMs: number
}

/** A fresh page in a window of its own, on an origin of its own; the SDK is at hand and not yet started. */
export interface BenchPage {
  page: Page
  site: BenchSite
  /** Evaluates the bundle and starts the SDK. */
  start(): Promise<Timing>
  /** So many calls of `log.info`. */
  burst(calls: number): Promise<Timing>
  /** Milliseconds of processor time that the main thread has had so far. */
  mainThreadMs(): Promise<number>
  /** Of JavaScript, after a garbage collection. */
  heapBytes(): Promise<number>
  close(): Promise<void>
}

/** What the page has, and the bundle defines. */
declare let source: string
declare let target: { info(message: string, attributes: object): void }
declare function burst(calls: number): number
declare const contender: { start(): typeof target }

export async function openBenchPage(
  browser: Browser,
  contender: Contender,
  { isDown = false } = {},
): Promise<BenchPage> {
  const site = await serveBench(contender)
  if (isDown) site.fault = 'cut'
  // A tab behind another is hidden, and its timers are throttled.
  const page = await browser.newPage({ type: 'window' })
  await page.goto(site.origin)
  const cdp = await page.createCDPSession()
  // Of the clock, other programs on the machine would count too.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.evaluate(bundle => {
    source = bundle
  }, contender.bundle)
  const mainThread = (name: 'TaskDuration' | 'ScriptDuration') => metric(cdp, name).then(seconds => 1000 * seconds)
  const timed = async (run: () => Promise<{ startMs: number; clockMs: number }>): Promise<Timing> => {
    const beforeMs = await mainThread('ScriptDuration')
    const timing = await run()
    return { ...timing, scriptMs: (await mainThread('ScriptDuration')) - beforeMs }
  }
  return {
    page,
    site,
    start: () => timed(() => page.evaluate(startInPage)),
    burst: calls => timed(() => page.evaluate(burstInPage, calls)),
    mainThreadMs: () => mainThread('TaskDuration'),
    async heapBytes() {
      await cdp.send('HeapProfiler.collectGarbage')
      await sleep(100)
      await cdp.send('HeapProfiler.collectGarbage')
      return metric(cdp, 'JSHeapUsedSize')
    },
    async close() {
      await page.close()
      await site.close()
    },
  }
}

/** In a task of its own, compiling included, as for a script that is not in the browser's cache. */
function startInPage(): Promise<{ startMs: number; clockMs: number }> {
  return new Promise(resolve => {
    setTimeout(() => {
      const script = document.createElement('script')
      script.textContent = source
      const startMs = performance.now()
      document.head.append(script)
      target = contender.start()
      resolve({ startMs, clockMs: performance.now() - startMs })
    })
  })
}

/** In a task of its own. */
function burstInPage(calls: number): Promise<{ startMs: number; clockMs: number }> {
  return new Promise(resolve => {
    setTimeout(() => {
      const startMs = performance.now()
      resolve({ startMs, clockMs: burst(calls) })
    })
  })
}

async function metric(cdp: CDPSession, wanted: string): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  const found = metrics.find(({ name }) => name === wanted)
  if (!found) throw new Error(`Chromium has no metric ${wanted}`)
  return found.value
}
