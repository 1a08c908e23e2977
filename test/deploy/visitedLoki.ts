import assert from 'node:assert/strict'
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
  /** A metric query at this instant, by labels; or the lines of the last hour, the oldest first. */
  ask(logql: string): Promise<Answer[]>
}

/** Labels and value of one series; of a log line its labels and its text. */
export type Answer = [labels: Record<string, string>, value: number | string]

/** A relay with three apps of one tenant, on its way to this Loki. */
export async function startVisitedRelay(t: TestContext, loki: Loki): Promise<VisitedLoki> {
  const tenant = `t-${randomUUID()}`
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}', tenant: ${tenant}, flushInterval: 50ms }
apps:
  - { name: shop, environment: production, keys: [pk_shop], origins: ['*'] }
  - { name: blog, environment: staging, keys: [pk_blog], origins: ['*'], labelKeys: { release: { max: 5 } } }
  - { name: docs, environment: staging, keys: [pk_docs], origins: ['*'] }
`,
  })
  t.after(() => relay.stop())
  let sent = 0
  return {
    relay,
    tenant,
    async receive(visits) {
      const startMs = Date.now() - 48 * 3_600_000
      const inTurn = Map.groupBy(
        visits.toSorted((a, b) => b.minutesAgo - a.minutesAgo),
        ({ minutesAgo }) => minutesAgo,
      )
      for (const together of inTurn.values())
        for (const accepted of await Promise.all(together.map(visit => deliver(relay, visit)))) sent += accepted
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
      const nowMs = Date.now()
      const isMetric = !query.trimStart().startsWith('{')
      const parameters: Record<string, string> = isMetric
        ? { query, time: `${nowMs}000000` }
        : { query, start: `${nowMs - 3_600_000}000000`, end: `${nowMs}000000`, limit: '1000' }
      const path = isMetric ? 'query' : 'query_range'
      const response = await fetch(`${loki.url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`, {
        headers: { 'X-Scope-OrgID': tenant },
        signal: AbortSignal.timeout(30_000),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${response.status} ${text}\n${query}`)
      return answersOf((JSON.parse(text) as { data: QueryData }).data)
    },
  }
}

async function deliver(
  relay: RelayProcess,
  { key, minutesAgo, everyMs = 1000, context, records }: Visit,
): Promise<number> {
  const page = wireClient({ url: relay.url, key, page: `page-${context.session}-${randomUUID().slice(0, 8)}` })
  const firstMs = Date.now() - minutesAgo * 60_000
  const rest = [...records]
  const batch = page.batch(records.length, (record, header: WireHeader) => {
    header.context = { ...context, page: page.page }
    Object.assign(record, { attributes: undefined, t: firstMs + record.n * everyMs }, rest.shift())
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

/** Equal, but for what a floating point number can't hold. */
export function closeTo(actual: unknown, expected: unknown, message?: string): void {
  const rounded = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value)
  const round = (value: unknown): unknown => value && JSON.parse(JSON.stringify(value, rounded))
  assert.deepEqual(round(actual), round(expected), message)
}

function byLabels([a]: Answer, [b]: Answer): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
