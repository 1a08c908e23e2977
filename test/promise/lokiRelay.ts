import assert from 'node:assert/strict'
import { connectLoki, type LokiEntry, type TimeRange } from '../support/realLoki.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'

export const timeoutMs = 30_000

export interface LokiRelay extends RelayProcess {
  /** Waits until the relay has nothing left to push, then holds that Loki has so many records, each once: all, or those of `selector`. */
  assertStoredOnce(count: number, options?: { range?: TimeRange; selector?: string }): Promise<LokiEntry[]>
}

/** A relay before real Loki, with a tenant of its own. Knows the app keys `pk_shop_web` and, as another app, `pk_other`. */
export async function startLokiRelay(): Promise<LokiRelay> {
  const loki = await connectLoki()
  const tenant = `promise-${crypto.randomUUID()}`
  const startMs = Date.now()
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}' }
apps:
  - { name: shop, keys: [pk_shop_web], tenant: ${tenant}, origins: ['*'] }
  - { name: other, keys: [pk_other], tenant: ${tenant}, origins: ['*'] }`,
  })
  return Object.assign(relay, {
    async assertStoredOnce(
      count: number,
      { range, selector = '{app=~".+"}' }: { range?: TimeRange; selector?: string } = {},
    ) {
      const within = range ?? { startMs: startMs - 60_000, endMs: Date.now() + 60_000 }
      await waitFor(async () => (await relay.metrics()).get('loki_beacon_records_pending') === 0, {
        timeoutMs,
        what: 'the relay to have pushed all',
      })
      // What is older than a few hours is only found once it was written out.
      if (range) await loki.flush()
      await waitFor(async () => (await loki.queryCount(tenant, selector, within)) >= count, {
        timeoutMs,
        everyMs: 300,
        what: `${count} records in Loki`,
      })
      const entries = await loki.queryLog(tenant, selector, within)
      assert.equal(new Set(entries.map(({ labels }) => labels.record_id)).size, count, 'different records')
      assert.equal(entries.length, count, 'log query')
      assert.equal(await loki.queryCount(tenant, selector, within), count, 'metric query')
      return entries
    },
  })
}
