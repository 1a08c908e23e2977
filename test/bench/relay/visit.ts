import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'puppeteer-core'
import { type PageServer, servePages } from '../../support/pageServer.ts'
import { launchPuppeteer } from '../../support/puppeteerBrowsers.ts'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'

const visits = 5
const key = 'pk_bench'

/** What a visit of some clicks and routes sends by itself, with the defaults of the script tag: for sizing. */
export async function visitTable(bundlePath: string): Promise<string[]> {
  const relay = await startRelay({ env: { RELAY_KEY: key, RELAY_ORIGINS: '*' } })
  const counter = await countBodies(relay.url)
  const tag = `<script src="/sdk/loki-beacon.js" data-key="${key}" data-url="${counter.url}"></script>`
  const pages = await servePages({
    '/': `<!doctype html><title>shop</title>${tag}<h1>Lamps</h1><p>Some text</p><button id="buy">buy</button>`,
    '/sdk/loki-beacon.js': readFileSync(bundlePath),
    '/api': '{}',
    '/favicon.ico': '',
  })
  const browser = await launchPuppeteer('chromium')
  try {
    for (let i = 0; i < visits; i++) await visit(browser, pages)
    return await figures(relay, counter)
  } finally {
    await browser.close()
    await pages.close()
    counter.close()
    await relay.stop()
  }
}

/** By somebody new each time: a page, ten clicks with a request each, three more routes, one error. */
async function visit(browser: Browser, pages: PageServer): Promise<void> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.goto(pages.origin)
  for (let click = 0; click < 10; click++) {
    await page.click('#buy')
    await page.evaluate(() => fetch('/api').then(answer => answer.text()))
    if (click % 3 === 2) await page.evaluate(to => history.pushState(null, '', `/lamps/${to}`), click)
    await sleep(300)
  }
  await page.evaluate(() => void setTimeout(() => Object.assign(null as unknown as object).missing))
  await sleep(1000)
  await page.goto('about:blank')
  await sleep(500)
  await context.close()
}

async function figures(relay: RelayProcess, { bodies }: { bodies: number[] }): Promise<string[]> {
  let records = -1
  const isOver = async () => {
    const before = records
    records = (await relay.metrics()).get('loki_beacon_records_pending') ?? 0
    return records === before
  }
  await waitFor(isOver, { timeoutMs: 10_000, everyMs: 1500, what: 'the last beacon' })
  const metrics = await relay.metrics()
  const spoolBytes = metrics.get('loki_beacon_spool_bytes') ?? Number.NaN
  const wireBytes = bodies.reduce((sum, bytes) => sum + bytes, 0)
  const each = (value: number, digits = 0) => (value / visits).toFixed(digits)
  return [
    `records ${each(records)}, requests ${each(bodies.length, 1)}, body bytes sent ${each(wireBytes)}; of these a record takes ${(spoolBytes / records).toFixed(0)} bytes in the spool.`,
    `Means of ${visits} visits: a page, ten clicks with a request each, three more routes and an error, within some five seconds.`,
  ]
}

/** Passes all on to the relay, and keeps the size of each body as it came. */
async function countBodies(relayUrl: string): Promise<{ url: string; bodies: number[]; close(): void }> {
  const bodies: number[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (request.method === 'POST') bodies.push(body.length)
    const { origin = '' } = request.headers
    const answer = await fetch(relayUrl + request.url, {
      method: request.method,
      headers: { origin, 'content-type': 'text/plain' },
      body: body.length ? body : null,
    })
    response.writeHead(answer.status, { 'access-control-allow-origin': origin }).end(await answer.text())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    bodies,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
