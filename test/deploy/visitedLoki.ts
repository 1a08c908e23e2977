import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { WireHeader } from 'loki-beacon/wire'
import type { Loki } from '../support/realLoki.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'
import type { Visit } from './knownVisits.ts'

export interface VisitedLoki {
  relay: RelayProcess
  tenant: string
  /** Sends the visits, and waits until Loki shows each of their records. */
  receive(visits: readonly Visit[]): Promise<void>
  /** A query at one instant: the answer as series (or lines) by their labels. */
  ask(logql: string): Promise<Answer[]>
}

/** Labels and value of one series; of a log line its labels and its text. */
export type Answer = [labels: Record<string, string>, value: number | string]

/** A relay with two apps of one tenant, on its way to this Loki. */
export async function startVisitedRelay(t: TestContext, loki: Loki): Promise<VisitedLoki> {
  const tenant = `t-${randomUUID()}`
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}', tenant: ${tenant}, flushInterval: 50ms }
apps:
  - { name: shop, environment: production, keys: [pk_shop], origins: ['*'] }
  - { name: blog, environment: staging, keys: [pk_blog], origins: ['*'] }
`,
  })
  t.after(() => relay.stop())
  let sent = 0
  return {
    relay,
    tenant,
    async receive(visits) {
      const startMs = Date.now() - 48 * 3_600_000
      for (const visit of visits.toSorted((a, b) => b.minutesAgo - a.minutesAgo)) sent += await deliver(relay, visit)
      await waitFor(async () => (await relay.metrics()).get('loki_beacon_records_stored_total') === sent, {
        timeoutMs: 30_000,
        what: `${sent} records to be stored`,
      })
      // What is old is shown when Loki has written it out.
      await loki.flush()
      await waitFor(
        async () => (await loki.queryCount(tenant, '{app=~".+"}', { startMs, endMs: Date.now() + 1000 })) === sent,
        { timeoutMs: 30_000, what: `Loki to show ${sent} records` },
      )
    },
    async ask(query) {
      const response = await fetch(`${loki.url}/loki/api/v1/query?${new URLSearchParams({ query, limit: '100' })}`, {
        headers: { 'X-Scope-OrgID': tenant },
        signal: AbortSignal.timeout(30_000),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${response.status} ${text}\n${query}`)
      return answersOf((JSON.parse(text) as { data: QueryData }).data)
    },
  }
}

async function deliver(relay: RelayProcess, { key, minutesAgo, context, records }: Visit): Promise<number> {
  const page = wireClient({ url: relay.url, key, page: `page-${context.session}-${randomUUID().slice(0, 8)}` })
  const firstMs = Date.now() - minutesAgo * 60_000
  const rest = [...records]
  const batch = page.batch(records.length, (record, header: WireHeader) => {
    header.context = { ...context, page: page.page }
    Object.assign(record, { attributes: undefined, t: firstMs + record.n * 1000 }, rest.shift())
  })
  const { accepted } = await page.deliver(batch)
  return accepted
}

type QueryData =
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
  | { resultType: 'streams'; result: { stream: Record<string, string>; values: [string, string][] }[] }

function answersOf(data: QueryData): Answer[] {
  if (data.resultType === 'streams')
    return data.result
      .flatMap(({ stream, values }) => values.map(([ns, line]) => ({ ns, answer: [stream, line] as Answer })))
      .sort((a, b) => (a.ns < b.ns ? -1 : 1))
      .map(({ answer }) => answer)
  return data.result.map(({ metric, value }): Answer => [metric, Number(value[1])]).sort(byLabels)
}

function byLabels([a]: Answer, [b]: Answer): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
