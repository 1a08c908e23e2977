import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { servePages } from '../support/pageServer.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { median } from './statistics.ts'

export interface SdkCallResult {
  /** Nanoseconds a call, medians over rounds. */
  busy: { logNs: number; emptyNs: number }
  /** The same for the first calls of a fresh page. */
  first: { logNs: number; emptyNs: number }
  rounds: number
}

type Kind = 'log' | 'empty'

/** What the measured page defines. */
interface BenchPage {
  measure(kind: Kind, calls: number): number
  settle(): Promise<{ created: number; delivered: number }>
}

const busyCalls = 20_000
const firstCalls = 1000

/**
 * Cost of `log.info` with four attributes in Chromium, beside a function that only keeps its arguments:
 * that one pays for the call and for making the attributes, which no logger can spare its caller.
 */
export async function measureSdkCall(repository: string, rounds: number): Promise<SdkCallResult> {
  const bundle = readFileSync(join(repository, 'sdk/dist/loki-beacon.js'))
  const site = await servePages(answer(bundle))
  const browser = await launchPuppeteer('chromium')
  try {
    return {
      busy: await measureBusy(browser, site.origin, rounds),
      first: await measureFirst(browser, site.origin, rounds),
      rounds,
    }
  } finally {
    await browser.close()
    await site.close()
  }
}

/** Both in turn on one page, everything delivered in between. */
async function measureBusy(browser: Browser, origin: string, rounds: number) {
  const page = await openPage(browser, origin)
  const times: Record<Kind, number[]> = { log: [], empty: [] }
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of inTurn(round)) {
      const ns = await page.evaluate((kind, calls) => bench().measure(kind, calls), kind, busyCalls)
      if (round > 0) times[kind].push(ns)
      const { created, delivered } = await page.evaluate(() => bench().settle())
      if (created !== delivered) throw new Error(`${created} records created, ${delivered} delivered`)
    }
  }
  await page.close()
  return { logNs: median(times.log), emptyNs: median(times.empty) }
}

async function measureFirst(browser: Browser, origin: string, rounds: number) {
  const times: Record<Kind, number[]> = { log: [], empty: [] }
  for (let round = 0; round < rounds; round++) {
    for (const kind of inTurn(round)) {
      const page = await openPage(browser, origin)
      times[kind].push(await page.evaluate((kind, calls) => bench().measure(kind, calls), kind, firstCalls))
      await page.close()
    }
  }
  return { logNs: median(times.log), emptyNs: median(times.empty) }
}

function inTurn(round: number): Kind[] {
  return round % 2 === 0 ? ['log', 'empty'] : ['empty', 'log']
}

async function openPage(browser: Browser, origin: string) {
  const page = await browser.newPage()
  await page.goto(origin)
  return page
}

declare function bench(): BenchPage

const html = `<!doctype html><title>bench</title><script src="/sdk.js"></script><script>
const log = lokiBeacon.init({ url: location.origin, key: 'pk_bench', buffer: { maxBytes: 1 << 28 } })
let kept
const empty = { info(message, attributes) { kept = attributes } }
function measure(kind, calls) {
  const target = kind === 'log' ? log : empty
  const start = performance.now()
  for (let i = 0; i < calls; i++) target.info('checkout clicked', { cart: i, sku: 'A-1', total: 12.5, member: true })
  return ((performance.now() - start) * 1e6) / calls
}
async function settle() {
  for (let tries = 0; tries < 100; tries++) {
    await log.flush()
    const { created, delivered, pending } = log.stats()
    if (pending === 0) return { created, delivered }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return log.stats()
}
function bench() { return { measure, settle } }
</script>`

/** Page, bundle, and a relay that takes everything. */
function answer(bundle: Buffer): RequestListener {
  // Cross-origin isolation makes the page's clock 20 times finer: https://developer.chrome.com/blog/cross-origin-isolated-hr-timers
  const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
  return (request, response) => {
    if (request.url === '/') return void response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(html)
    if (request.url === '/sdk.js')
      return void response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(bundle)
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const accepted = Buffer.concat(chunks).toString().trimEnd().split('\n').length - 1
      response.writeHead(202, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ accepted, duplicate: 0, rejected: [], nowMs: Date.now() }))
    })
  }
}
