import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { connectLoki } from '../support/realLoki.ts'
import { startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'

test("queries of Faro's dashboards find in Loki what an app with logfmt lines has sent", async t => {
  const loki = await connectLoki()
  const tenant = `t-${randomUUID()}`
  const app = `{ name: shop, keys: [pk_shop], tenant: ${tenant}, environment: test, origins: ['*'], line: logfmt }`
  const relay = await startRelay({
    config: `loki: { endpoint: '${loki.url}', flushInterval: 100ms }\napps:\n  - ${app}\n`,
  })
  t.after(() => relay.stop())
  const page = wireClient({ url: relay.url, key: 'pk_shop' })
  const records = [
    { kind: 'measurement', message: 'lcp', values: { lcp: 1800 }, attributes: { rating: 'good' } },
    { kind: 'measurement', message: 'lcp', values: { lcp: 2200 }, attributes: { rating: 'good' } },
    { kind: 'measurement', message: 'ttfb', values: { ttfb: 14.5 } },
    { kind: 'exception', message: 'E: "x"\ny', error: { type: 'E', message: '"x"\ny' } },
    { kind: 'event', message: 'click_login', attributes: { button: 'login' } },
    { kind: 'log', message: 'kind=exception app="other"\nvalue=forged' },
  ]
  const [session] = [`session-${page.page}`]
  await page.deliver(
    page.batch(records.length, record => Object.assign(record, { values: undefined }, records.shift())),
  )

  const since = Date.now() - 60_000
  const range = '[10m]'
  await waitFor(
    async () => (await loki.queryCount(tenant, '{app="shop"}', { startMs: since, endMs: Date.now() + 1000 })) === 6,
    {
      timeoutMs: 30_000,
      what: 'the records to be in Loki',
    },
  )
  const queries: [logql: string, result: number][] = [
    [`avg_over_time({kind="measurement",app="shop"} |= " lcp=" | logfmt | unwrap lcp ${range}) by (app)`, 2000],
    [`avg_over_time({kind="measurement",app="shop"} |= "ttfb" | logfmt | unwrap ttfb ${range}) by (app)`, 14.5],
    [`sum(count_over_time({kind="measurement",app="shop"} |= " ttfb=" | logfmt ${range}))`, 1],
    [
      `avg_over_time({kind="measurement",app="shop"} | logfmt | type="web-vitals" | context_rating="good" | unwrap value_lcp ${range}) by (app)`,
      2000,
    ],
    [`sum(count_over_time({app="shop",kind="exception"} ${range})) by (app)`, 1],
    [`sum by (type, value) (count_over_time({app="shop",kind="exception"} | logfmt ${range}))`, 1],
    [`sum(count_over_time({kind="event",app="shop"} | logfmt | event_name="click_login" ${range}))`, 1],
    [`sum(count_over_time({app="shop"} |= "session_id=${session}" | logfmt | session_id="${session}" ${range}))`, 6],
    [`sum(count_over_time({app="shop"} | logfmt | value="forged" ${range}))`, 0],
    [`sum(count_over_time({app="shop"} | logfmt | __error__!="" ${range}))`, 0],
  ]
  for (const [logql, expected] of queries) assert.equal(await ask(loki.url, tenant, logql), expected, logql)
})

/** The sum of a query's result. */
async function ask(url: string, tenant: string, query: string): Promise<number> {
  const response = await fetch(`${url}/loki/api/v1/query?${new URLSearchParams({ query })}`, {
    headers: { 'X-Scope-OrgID': tenant },
  })
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } }
  return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0)
}
