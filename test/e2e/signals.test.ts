import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

const vital = { rating: 'good', navigationType: 'navigate' }
/** As the SDK sends them. */
const records = [
  { kind: 'measurement', message: 'lcp', values: { lcp: 1000 }, attributes: { ...vital, id: 'v6-1' } },
  { kind: 'measurement', message: 'lcp', values: { lcp: 5000 }, attributes: { ...vital, id: 'v6-2', rating: 'poor' } },
  {
    kind: 'measurement',
    message: 'lcp',
    values: { lcp: 30 },
    attributes: { ...vital, id: 'v6-3', navigationType: 'back-forward-cache' },
  },
  { kind: 'measurement', message: 'cls', values: { cls: 0.1 }, attributes: { ...vital, id: 'v6-4' } },
  { kind: 'measurement', message: 'cls', values: { cls: 0.3 }, attributes: { ...vital, id: 'v6-4' } },
  { kind: 'measurement', message: 'cls', values: { cls: 0.1 }, attributes: { ...vital, id: 'v6-5' } },
  { kind: 'event', level: 'debug', message: 'web_vitals_unsupported', attributes: { metrics: 'lcp inp cls' } },
  { kind: 'measurement', message: 'navigation', values: { ttfb: 17.2, load: 160 }, attributes: { type: 'reload' } },
  {
    kind: 'log',
    level: 'error',
    message: 'failed to load script',
    attributes: { tag: 'script', url: 'https://shop.example/a.js' },
  },
  {
    kind: 'log',
    level: 'warn',
    message: 'csp violation img-src',
    attributes: { directive: 'img-src', blocked: 'https://x.example/1.png', disposition: 'report' },
  },
  {
    kind: 'measurement',
    message: 'long_frame',
    values: { blocking: 250, duration: 300 },
    attributes: { startMs: 219, scripts: [{ source: 'https://shop.example/b.js', duration: 290 }] },
  },
  { kind: 'event', message: 'route_change', attributes: { from: 'https://a.example/1', to: 'https://a.example/2' } },
]

test('the questions of docs/signals.md are answered by Loki, right', async t => {
  const loki = await connectLoki()
  const tenant = `t-${randomUUID()}`
  const app = `{ name: shop, keys: [pk_shop], tenant: ${tenant}, origins: ['*'] }`
  const relay = await startRelay({
    config: `loki: { endpoint: '${loki.url}', flushInterval: 100ms }\napps:\n  - ${app}\n`,
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  const sent = [...records]
  await page.deliver(page.batch(sent.length, record => Object.assign(record, { attributes: undefined }, sent.shift())))
  const startMs = Date.now() - 60_000
  await waitFor(
    async () =>
      (await loki.queryCount(tenant, '{app="shop"}', { startMs, endMs: Date.now() + 1000 })) === records.length,
    { timeoutMs: 30_000, what: 'the records to be in Loki' },
  )
  const doc = readFileSync(new URL('../../docs/signals.md', import.meta.url), 'utf8')
  const queries = [...doc.matchAll(/```logql\n(.*?)\n```/gs)].map(([, query]) => query!)
  const answers = await Promise.all(queries.map(query => ask(loki.url, tenant, query)))
  assert.deepEqual(answers, [
    [[{ app: 'shop' }, 4000]],
    [[{ page_path: '/cart' }, 1]],
    [[{}, 0.2]],
    [[{ attributes_type: 'reload' }, 17.2]],
    [[{ attributes_url: 'https://shop.example/a.js' }, 1]],
    [[{ attributes_blocked: 'https://x.example/1.png', attributes_directive: 'img-src' }, 1]],
    [[{ source: 'https://shop.example/b.js' }, 250]],
    [[{ attributes_from: 'https://a.example/1', attributes_to: 'https://a.example/2' }, 1]],
  ])
})

async function ask(url: string, tenant: string, query: string): Promise<[object, number][]> {
  const response = await fetch(`${url}/loki/api/v1/query?${new URLSearchParams({ query })}`, {
    headers: { 'X-Scope-OrgID': tenant },
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${query}\n${text}`)
  const { data } = JSON.parse(text) as { data: { result: { metric: object; value: [number, string] }[] } }
  return data.result.map(({ metric, value }) => [metric, Number(value[1])])
}
