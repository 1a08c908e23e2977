import type { Browser } from 'puppeteer-core'
import type { ServedPage } from './pageServer.ts'

/** What a visitor of one page felt of it, by the browser's own entries. Times in ms. */
export interface PageVitals {
  lcpMs: number
  /** The id of the largest element. */
  lcpElement: string
  cls: number
  /** Of the slowest of some clicks: https://web.dev/articles/inp */
  inpMs: number
  /** What tasks took beyond 50 ms, in all: https://web.dev/articles/tbt */
  blockedMs: number
}

const clicks = 5
/** After the clicks, for what runs late. */
const restMs = 500

/** A page of some weight: an image that comes late in a place kept free, one that moves what is below it, and a slow button. */
export function vitalsPage(head: string): Record<string, string | ServedPage> {
  return {
    '/': `<!doctype html><title>shop</title>${head}
      <h1>Lamps</h1>
      <button id="buy">buy</button>
      <img id="hero" src="/hero.svg" width="800" height="400" alt="a lamp">
      <div id="late"></div>
      <ul>${'<li>a lamp for the desk, with a shade of green glass</li>'.repeat(300)}</ul>
      <script>
        addEventListener('load', () => setTimeout(() => { late.style.height = '60px' }, 100))
        buy.onclick = () => { const end = performance.now() + 40; while (performance.now() < end); buy.textContent += '!' }
      </script>`,
    '/hero.svg': {
      // The browser takes an image of few bytes for a background: https://web.dev/articles/lcp
      body: `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"><rect width="800" height="400" fill="teal"/><!--${'lamp'.repeat(2000)}--></svg>`,
      headers: { 'content-type': 'image/svg+xml' },
    },
    '/favicon.ico': '',
  }
}

/** A first visit: with nothing in the cache and nothing on the device. */
export async function measureVitals(browser: Browser, origin: string): Promise<PageVitals> {
  const context = await browser.createBrowserContext()
  try {
    const page = await context.newPage()
    await page.setViewport({ width: 1000, height: 800 })
    await page.evaluateOnNewDocument(observeVitals)
    await page.goto(origin, { waitUntil: 'load' })
    // With the first input the browser stops to look for the largest element, and for a while counts no shifts.
    await page.waitForFunction(() => {
      const { cls, lcpElement } = (globalThis as unknown as { vitals: PageVitals }).vitals
      return cls > 0 && lcpElement === 'hero'
    })
    for (let click = 0; click < clicks; click++) await page.click('#buy')
    await new Promise(resolve => setTimeout(resolve, restMs))
    return await page.evaluate(() => (globalThis as unknown as { vitals: PageVitals }).vitals)
  } finally {
    await context.close()
  }
}

/** Runs in the page, before any of its scripts. */
function observeVitals(): void {
  const vitals: PageVitals = { lcpMs: 0, lcpElement: '', cls: 0, inpMs: 0, blockedMs: 0 }
  Object.assign(globalThis, { vitals })
  const observe = (type: string, note: (entry: never) => void) =>
    new PerformanceObserver(list => list.getEntries().forEach(note as (entry: PerformanceEntry) => void)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    } as PerformanceObserverInit)
  observe('largest-contentful-paint', ({ startTime, id }: { startTime: number; id: string }) => {
    vitals.lcpMs = startTime
    vitals.lcpElement = id
  })
  observe('layout-shift', ({ value, hadRecentInput }: { value: number; hadRecentInput: boolean }) => {
    if (!hadRecentInput) vitals.cls += value
  })
  observe('event', ({ interactionId, duration }: { interactionId: number; duration: number }) => {
    if (interactionId > 0) vitals.inpMs = Math.max(vitals.inpMs, duration)
  })
  observe('longtask', ({ duration }: { duration: number }) => {
    vitals.blockedMs += duration - 50
  })
}
