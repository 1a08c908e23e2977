import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorsOnly, flush } from '../browser/sdkPage.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { servePages } from '../support/pageServer.ts'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

/** Above the number of series that Loki lets a query have. */
const sessions = 600
const failedSessions = 60

const engine = browserEngines[0]!

test(`sessions, views, routes and traces of a page in ${engine} and of ${sessions} others can be asked for in Loki, as the docs tell`, async t => {
  const loki = await connectLoki()
  const tenant = `context-${crypto.randomUUID()}`
  const content: Record<string, string> = {}
  const pages = await servePages(content)
  t.after(() => pages.close())
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}' }
apps:
  - { name: shop, keys: [pk_shop], tenant: ${tenant}, origins: ['${pages.origin}'] }`,
  })
  t.after(() => relay.stop())
  content['/product/7'] = shopPage(relay.url)
  const range = { startMs: Date.now() - 60_000, endMs: Date.now() + 60_000 }

  const browser = await launchBrowser(engine)
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`${pages.origin}/product/7`)
  await page.evaluate(() => history.pushState(null, '', '/cart'))
  await page.evaluate(`lokiBeacon.error(new Error('second')); lokiBeacon.info('in the cart')`)
  assert.equal(await flush(page), true)

  const start = (n: number) => ({
    n,
    t: Date.now(),
    kind: 'event' as const,
    level: 'info' as const,
    message: 'session_start',
  })
  const post = async (i: number) => {
    const client = wireClient({ url: relay.url, key: 'pk_shop', origin: pages.origin, page: `page-${i}` })
    const isFailed = i < failedSessions
    await client.deliver(
      client.batch(isFailed ? 2 : 1, record => {
        if (record.n === 0) return Object.assign(record, start(0))
        Object.assign(record, { kind: 'exception', level: 'error', message: 'E: m', sessionFirstError: true })
      }),
    )
  }
  for (let i = 0; i < sessions; i += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => post(i + more)))

  const expected = sessions + failedSessions + 5
  await waitFor(async () => (await loki.queryCount(tenant, '{app="shop"}', range)) >= expected, {
    timeoutMs: 60_000,
    everyMs: 500,
    what: `${expected} records in Loki`,
  })

  const ofPage = await loki.queryLog(tenant, '{app="shop"} | release="page"', range)
  const byMessage = Object.fromEntries(ofPage.map(({ line, labels }) => [JSON.parse(line).message as string, labels]))
  assert.deepEqual(Object.keys(byMessage).sort(), [
    'Error: first',
    'Error: second',
    'in the cart',
    'on the product',
    'session_start',
  ])
  const [product, cart] = [byMessage['on the product']!, byMessage['in the cart']!]
  assert.deepEqual([product.page_path, cart.page_path], ['/product/:id', '/cart'])
  assert.match(product.view_id!, /^[0-9a-f]{20}$/)
  assert.notEqual(product.view_id, cart.view_id)
  assert.equal(byMessage['Error: first']!.session_first_error, 'true')
  assert.equal(byMessage['Error: second']!.session_first_error, undefined)
  assert.equal(new Set(ofPage.map(({ labels }) => labels.session_id)).size, 1)
  assert.equal(product.trace_id, '0af7651916cd43dd8448eb211c80319c')

  // The queries as they are in the docs, with ids that are there.
  const ids: Record<string, string> = {
    '0f3c9a5be1d24c7788aa': product.session_id!,
    '5b1e0d3f7a92c46688bb': cart.view_id!,
  }
  const results = new Map<string, { metric?: Record<string, string>; value?: [number, string] }[]>()
  for (const query of queriesOf('docs/context.md')) {
    const asked = Object.entries(ids).reduce((text, [from, to]) => text.replaceAll(from, to), query)
    const result = await ask(asked)
    assert.ok(result.length > 0, `nothing for ${asked}`)
    results.set(query, result)
  }
  const [began, failed, without, routes, , ofSession] = [...results.values()]
  const numbers = (found: typeof began) =>
    Object.fromEntries(found!.map(({ metric, value }) => [metric!.release ?? metric!.page_path, Number(value![1])]))
  assert.deepEqual(numbers(began), { '1.4.2': sessions, page: 1 })
  assert.deepEqual(numbers(failed), { '1.4.2': failedSessions, page: 1 })
  assert.deepEqual(numbers(without), { '1.4.2': 1 - failedSessions / sessions, page: 0 })
  assert.deepEqual(numbers(routes)['/product/:id'], 1)
  assert.ok(ofSession)

  // What the docs warn of.
  await assert.rejects(
    ask(`count(sum by (session_id) (count_over_time({app="shop", kind="event"} [1h])))`),
    /maximum .*series/,
  )

  async function ask(query: string) {
    const isLog = query.startsWith('{')
    const at: Record<string, string> = isLog
      ? { start: `${range.startMs}000000`, end: `${range.endMs}000000` }
      : { time: `${range.endMs}000000` }
    const response = await fetch(
      `${loki.url}/loki/api/v1/${isLog ? 'query_range' : 'query'}?${new URLSearchParams({ query, ...at })}`,
      { headers: { 'X-Scope-OrgID': tenant } },
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text} for ${query}`)
    return JSON.parse(text).data.result as { metric?: Record<string, string>; value?: [number, string] }[]
  }
})

function queriesOf(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
  const queries = [...text.matchAll(/```logql\n(.*?)```/gs)].map(([, query]) => query!.trim())
  assert.ok(queries.length > 5)
  return queries
}

function shopPage(relayUrl: string): string {
  return `<!doctype html><title>shop</title><script src="${relayUrl}/sdk/v1/loki-beacon.js"></script><script>
lokiBeacon.init({
  url: '${relayUrl}',
  key: 'pk_shop',
  release: 'page',
  capture: ${JSON.stringify({ ...errorsOnly, session: true })},
  batch: { flushIntervalMs: 100 },
  route: ({ pathname }) => pathname.replace(/[0-9]+/, ':id'),
  getTraceContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }),
})
lokiBeacon.info('on the product')
lokiBeacon.error(new Error('first'))
</script>`
}
