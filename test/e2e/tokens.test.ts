import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { errorsAlone, statsOf } from '../browser/sdkPage.ts'
import { delivered, log, told } from '../promise/shopPages.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { servePages } from '../support/pageServer.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'

const secret = 'canary-of-the-tests-0123456789-0123456789'

for (const engine of browserEngines)
  test(`${engine}: with the tokens of its backend a page delivers all, also when the first has expired; without one it keeps all`, async t => {
    const asked: string[] = []
    const pages = await servePages((request, response) => {
      const path = request.url?.split('?')[0] ?? ''
      asked.push(path)
      if (path !== '/token') return void response.setHeader('content-type', 'text/html').end(shopPage(path))
      const isFirst = asked.filter(name => name === path).length === 1
      void (isFirst ? Promise.resolve(expired()) : askRelay()).then(token => response.end(token))
    })
    t.after(() => pages.close())
    const relay = await startRelay({
      config: `apps: [{ name: shop, keys: [pk_shop], origins: ['${pages.origin}'], token: { secret: ${secret} } }]`,
    })
    t.after(() => relay.stop())
    const browser = await launchBrowser(engine)
    t.after(() => browser.close())

    const page = await browser.newPage()
    await page.goto(`${pages.origin}/without`)
    await log(page, 5)
    await waitFor(async () => (await told(page)).told.includes('token_rejected'), { timeoutMs: 20_000, what: 'a word' })
    const { pending, delivered: sent, dropped } = await statsOf(page)
    assert.deepEqual([pending, sent, dropped], [5, 0, {}])

    // The next visit sends what the first has kept, beside its own.
    await page.goto(`${pages.origin}/with`)
    await log(page, 10, 5)
    await delivered(page, 10)
    const stored = () => relay.metrics().then(samples => samples.get('loki_beacon_records_pending') === 15)
    await waitFor(stored, { timeoutMs: 20_000, what: '15 records in the spool' })
    const samples = await relay.metrics()
    assert.equal(samples.get('loki_beacon_records_duplicate_total'), 0)
    assert.ok(samples.get('loki_beacon_requests_total{route="ingest",status="401",error="token_invalid"}')! >= 1)
    assert.ok(asked.filter(path => path === '/token').length >= 2)
    assert.doesNotMatch(relay.output(), /canary|eyJ/)

    function shopPage(path: string): string {
      const getToken = path === '/with' ? `getToken: () => fetch('/token').then(answer => answer.text()),` : ''
      return `<script src="${relay.url}/sdk/v1/loki-beacon.js"></script>
<script>
var told = [], toldDrops = {}
lokiBeacon.init({ url: '${relay.url}', key: 'pk_shop', capture: ${JSON.stringify(errorsAlone)}, ${getToken} onError: ({ code }) => told.push(code) })
</script>`
    }

    /** As a backend without a JWT library. */
    async function askRelay(): Promise<string> {
      const body = JSON.stringify({ app: 'shop', subject: 'u_42' })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${relay.adminUrl}/v1/token`, { method: 'POST', headers, body })
      return ((await answer.json()) as { token: string }).token
    }
  })

function expired(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256' })}.${part({ aud: 'shop', exp: Math.floor(Date.now() / 1000) - 3600 })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
