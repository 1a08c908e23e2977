import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startIntake } from '../support/intake.ts'
import { servePages } from '../support/pageServer.ts'
import { measureVitals, type PageVitals, vitalsPage } from '../support/pageVitals.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { everything } from './sdkPage.ts'

const bundle = readFileSync(new URL('../../sdk/dist/loki-beacon.js', import.meta.url), 'utf8')
const rounds = process.env.LONG ? 30 : 6

test('a page shows, stands still and answers as it does without the SDK, to within its own noise', async () => {
  const browser = await launchPuppeteer('chromium')
  const intake = await startIntake()
  const without = await servePages(vitalsPage(''))
  const options = { url: intake.url, key: 'pk_shop_web', capture: everything }
  const tag = `<script>addEventListener('DOMContentLoaded', () => lokiBeacon.init(${JSON.stringify(options)}))</script>`
  const withSdk = await servePages({
    ...vitalsPage(`<script src="/loki-beacon.js"></script>${tag}`),
    '/loki-beacon.js': bundle,
  })
  try {
    const seen = { without: [] as PageVitals[], withSdk: [] as PageVitals[] }
    for (let round = 0; round < rounds; round++) {
      seen.without.push(await measureVitals(browser, without.origin))
      seen.withSdk.push(await measureVitals(browser, withSdk.origin))
    }
    // That the SDK runs, and that there was something to be seen.
    assert.ok(intake.stored.some(({ kind }) => kind === 'measurement'))
    const shifts = new Set([...seen.without, ...seen.withSdk].map(({ cls }) => cls.toFixed(4)))
    assert.equal(shifts.size, 1, `layout shifts: ${[...shifts]}`)
    assert.ok(!shifts.has('0.0000'))
    for (const { lcpElement, inpMs } of [...seen.without, ...seen.withSdk]) {
      assert.equal(lcpElement, 'hero')
      assert.ok(inpMs >= 40, `${inpMs} ms from click to paint`)
    }
    for (const name of ['lcpMs', 'inpMs', 'blockedMs'] as const) {
      const [usual, ours] = [seen.without, seen.withSdk].map(list => list.map(vitals => vitals[name]))
      assert.ok(Math.min(...ours!) <= Math.max(...usual!), `${name}: ${ours} with the SDK, ${usual} without`)
    }
  } finally {
    await browser.close()
    await Promise.all([intake.close(), without.close(), withSdk.close()])
  }
})
