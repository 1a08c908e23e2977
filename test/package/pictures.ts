import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { startDemo } from '../support/demoProcess.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { startLoki } from '../support/realLoki.ts'

/** `npm run pictures`: takes the README's picture of the live page anew, from the demo, as who has just begun would see it. */
const folder = join(import.meta.dirname, '../../docs/pictures')
const cleanUps: (() => unknown)[] = []
const loki = await startLoki()
cleanUps.push(loki.stop)
const after = (cleanUp: unknown) => void cleanUps.push(cleanUp as () => unknown)
const demo = await startDemo({ after }, { LOKI_ENDPOINT: loki.url })
const browser = await launchPuppeteer('chromium')
try {
  mkdirSync(folder, { recursive: true })
  const shop = await browser.newPage()
  await shop.goto(demo.shopUrl)
  await shop.waitForSelector('[data-try=uncaught]:not([disabled])')
  for (const what of ['.product button', '[data-try=log]', '[data-try=measure]', '[data-try=pay]'])
    await press(shop, what)
  for (const name of ['rejection', 'missing', 'handled', 'uncaught']) await press(shop, `[data-try=${name}]`)
  const live = await browser.newPage()
  await live.setViewport({ width: 1200, height: 750 })
  await live.goto(demo.liveUrl)
  const row = await live.waitForSelector('.row ::-p-text(TypeError)')
  await row?.click()
  // Until Loki has them.
  await sleep(3000)
  for (const value of ['light', 'dark']) {
    await live.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
    await sleep(500)
    await live.screenshot({ path: join(folder, `live-${value}.png`), optimizeForSpeed: false })
  }
} finally {
  await browser.close()
  for (const cleanUp of cleanUps.reverse()) await cleanUp()
}
process.exit()

async function press(page: Page, selector: string): Promise<void> {
  await page.click(selector)
  await sleep(700)
}
