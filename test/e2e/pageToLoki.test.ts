import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserEngines, browserNames, launchBrowser } from '../support/browsers.ts'
import { servePages } from '../support/pageServer.ts'
import { connectLoki, type LokiEntry } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'

/** What the page reports of itself, beside what it logs. */
interface PageReport {
  stats: { created: number; delivered: number; dropped: Record<string, number>; pending: number }
}

for (const engine of browserEngines) {
  test(`${engine}: 500 records and 3 errors of a page come back from Loki, complete and in their tenant only`, async t => {
    const loki = await connectLoki()
    const tenant = `page-${crypto.randomUUID()}`
    const content: Record<string, string> = {}
    const pages = await servePages(content)
    const relay = await startRelay({
      config: `
loki: { endpoint: '${loki.url}' }
apps:
  - { name: shop, keys: [pk_shop], tenant: ${tenant}, labels: { env: test, team: web }, origins: ['${pages.origin}'] }
  - { name: other, keys: [pk_other], tenant: ${tenant}-other, labels: { env: test }, origins: ['${pages.origin}'] }`,
    })
    t.after(() => relay.stop())
    t.after(() => pages.close())
    content['/shop'] = shopPage(relay.url)

    const startMs = Date.now()
    const browser = await launchBrowser(engine)
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.goto(`${pages.origin}/shop?coupon=secret#top`)
    const report = await waitFor(
      () => page.evaluate(() => Reflect.get(globalThis, 'report') as PageReport | undefined),
      {
        timeoutMs: 30_000,
        what: 'the report of the page',
      },
    )
    const range = { startMs: startMs - 5000, endMs: Date.now() + 5000 }
    await waitFor(async () => (await loki.queryCount(tenant, '{app="shop"}', range)) >= 503, {
      timeoutMs: 30_000,
      everyMs: 300,
      what: '503 records in Loki',
    })

    // Exactly these, and the page knows it.
    const entries = await loki.queryLog(tenant, '{app="shop"}', range)
    assert.equal(entries.length, 503)
    assert.equal(new Set(entries.map(entry => entry.labels.record_id)).size, 503)
    assert.deepEqual(
      {
        created: report.stats.created,
        delivered: report.stats.delivered,
        dropped: report.stats.dropped,
        pending: report.stats.pending,
      },
      { created: 503, delivered: 503, dropped: {}, pending: 0 },
    )

    // Labels come from the relay's configuration, the rest is structured metadata.
    const series = await loki.series(tenant, '{app="shop"}')
    const base = { app: 'shop', env: 'test', service_name: 'shop', team: 'web' }
    assert.deepEqual(
      series.sort((a, b) => (a.kind! < b.kind! ? -1 : 1)),
      [
        { ...base, kind: 'exception' },
        { ...base, kind: 'log' },
      ],
    )
    const logs = entries.filter(entry => entry.labels.kind === 'log').map(readEntry)
    assert.equal(logs.length, 500)
    for (const { entry, line, timestampMs } of logs) {
      const number = line.attributes.number as number
      assert.equal(line.message, `log ${number}`)
      assert.equal(entry.labels.level, ['debug', 'info', 'warn'][number % 3])
      assert.equal(entry.labels.release, '1.4.2')
      assert.equal(entry.labels.page_path, '/shop')
      assert.match(entry.labels.browser ?? '', browserNames[engine])
      for (const name of ['session_id', 'page_id', 'os']) assert.ok(entry.labels[name], name)
      const deviationMs = timestampMs - (line.attributes.at as number)
      // The clock is read once for all that one task logs.
      assert.ok(Math.abs(deviationMs) <= 50, `event time is ${deviationMs} ms off`)
    }
    assert.deepEqual(
      logs.map(log => log.line.attributes.number).sort((a, b) => Number(a) - Number(b)),
      [...Array(500).keys()],
    )

    const errors = entries.filter(entry => entry.labels.kind === 'exception').map(readEntry)
    const byMechanism = Object.fromEntries(errors.map(error => [error.line.mechanism, error.line.error]))
    assert.deepEqual(Object.keys(byMechanism).sort(), ['log', 'onerror', 'onunhandledrejection'])
    assert.equal(byMechanism.onerror.message, 'thrown in a timer')
    assert.match(byMechanism.onerror.stack, /throwInTimer/)
    assert.match(byMechanism.onunhandledrejection.stack, /rejectNow/)
    assert.equal(byMechanism.log.type, 'TypeError')
    assert.equal(byMechanism.log.cause.message, 'the cause')
    assert.match(byMechanism.log.stack, /checkout/)

    // Nobody else sees them, and the query string never left the page.
    assert.equal(await loki.queryCount(`${tenant}-other`, '{app=~".+"}', range), 0)
    assert.ok(!JSON.stringify(entries).includes('secret'))
  })
}

function shopPage(relayUrl: string): string {
  return `<!doctype html><title>shop</title>
<script src="${relayUrl}/sdk/v1/loki-beacon.js" data-key="pk_shop" data-app="shop" data-release="1.4.2"
  data-capture="errors,rejections"></script>
<script>
const levels = ['debug', 'info', 'warn']
for (let number = 0; number < 500; number++) lokiBeacon[levels[number % 3]]('log ' + number, { number, at: Date.now() })
function checkout() { return new TypeError('payment failed', { cause: new Error('the cause') }) }
lokiBeacon.error(checkout())
setTimeout(function throwInTimer() { throw new Error('thrown in a timer') }, 10)
setTimeout(function rejectNow() { Promise.reject(new Error('rejected')) }, 20)
const report = setInterval(async () => {
  if (lokiBeacon.stats().created < 503) return
  clearInterval(report)
  await lokiBeacon.flush()
  window.report = { stats: lokiBeacon.stats() }
}, 50)
</script>`
}

// biome-ignore lint/suspicious/noExplicitAny: the lines are asserted field by field
function readEntry(entry: LokiEntry): { entry: LokiEntry; line: any; timestampMs: number } {
  return { entry, line: JSON.parse(entry.line), timestampMs: Number(BigInt(entry.timestampNs) / 1000n) / 1000 }
}
