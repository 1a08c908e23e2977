import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildExample } from '../browser/frameworks/buildExample.ts'
import { serveExample, shows } from '../browser/frameworks/examplePage.ts'
import { startLokiRelay } from '../promise/lokiRelay.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'

const nextPage = `${import.meta.dirname}/../browser/frameworks/pages/next.tsx`

// A build by Next itself weighs more than all other tests bring along: here its part is played by its own rules, which are
// few. The configuration's rewrites are followed by a server, the files for the browser run in one.
test('Next: the configuration leads requests of the page to the relay, which needs no other origin', async () => {
  process.env.RELAY_URL = 'https://logs.example.com'
  const { default: config } = await import('../../demo/frameworks/next/next.config.ts')
  assert.deepEqual(await config.rewrites(), [
    { source: '/telemetry/:path*', destination: 'https://logs.example.com/:path*' },
  ])
  assert.equal(config.reactStrictMode, true)
})

test('Next: on the server the same module gives a logger that does nothing', async () => {
  const { log } = await import('../../demo/frameworks/next/beacon.ts')
  log.error(new Error('on the server'))
  assert.equal(log.stats().created, 0)
})

for (const engine of browserEngines) {
  test(`Next, ${engine}: a transition and a global error come to Loki through the page's own origin`, async t => {
    const relay = await startLokiRelay()
    t.after(() => relay.stop())
    const pages = await serveExample(await buildExample(nextPage), relay)
    t.after(() => pages.close())
    const browser = await launchBrowser(engine)
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.goto(pages.origin)
    await shows(page, 'Something went wrong')

    // Beside what the SDK tells by itself, such as web vitals.
    const [transition] = await relay.assertStoredOnce(1, { selector: '{kind="event"} |= "navigationType"' })
    const [failure] = await relay.assertStoredOnce(1, { selector: '{kind="exception"}' })
    assert.deepEqual(JSON.parse(transition!.line).attributes, { to: '/cart', navigationType: 'push' })
    const { mechanism, attributes, error } = JSON.parse(failure!.line)
    assert.deepEqual([mechanism, attributes, error.message], ['next', { digest: '7' }, 'the page is broken'])
    assert.ok(!JSON.stringify([transition, failure]).includes('secret'))
  })
}
