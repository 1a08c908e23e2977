import { readFileSync } from 'node:fs'
import { servePages } from '../../support/pageServer.ts'
import { measureVitals, type PageVitals, vitalsPage } from '../../support/pageVitals.ts'
import { launchPuppeteer } from '../../support/puppeteerBrowsers.ts'
import { median } from '../statistics.ts'

/** What visitors feel of the SDK: the same page with it and without it, in turn. */
export async function vitalsTable(bundlePath: string, rounds: number): Promise<string[]> {
  const browser = await launchPuppeteer('chromium')
  const tag = `<script async src="/sdk/loki-beacon.js" data-key="pk_bench"></script>`
  const pages = { 'without the SDK': vitalsPage(''), 'with its script tag': vitalsPage(tag) }
  const servers = await Promise.all(
    Object.values(pages).map(page => servePages({ ...page, '/sdk/loki-beacon.js': readFileSync(bundlePath) })),
  )
  try {
    const seen: PageVitals[][] = servers.map(() => [])
    for (let round = 0; round < rounds; round++)
      for (const [at, { origin }] of servers.entries()) seen[at]!.push(await measureVitals(browser, origin))
    const row = (...cells: string[]) =>
      cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(12))).join('')
    const names = ['lcpMs', 'inpMs', 'blockedMs', 'cls'] as const
    return [
      row(`medians of ${rounds} visits`, 'LCP, ms', 'INP, ms', 'blocked, ms', 'CLS'),
      ...Object.keys(pages).map((title, at) =>
        row(title, ...names.map(name => median(seen[at]!.map(vitals => vitals[name])).toFixed(name === 'cls' ? 4 : 0))),
      ),
    ]
  } finally {
    await browser.close()
    await Promise.all(servers.map(({ close }) => close()))
  }
}
