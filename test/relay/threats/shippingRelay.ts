import type { TestContext } from 'node:test'
import { waitFor } from '../../support/waitFor.ts'
import { type SourceRelay, startSourceRelay } from '../api/sourceRelay.ts'
import { type ScriptedLoki, startScriptedLoki } from '../upstream/scriptedLoki.ts'

export interface ShippingRelay {
  relay: SourceRelay
  loki: ScriptedLoki
  /** The lines that Loki has once there are so many of them, as JSON. */
  stored(count: number): Promise<{ labels: string; metadata: Record<string, string>; ns: bigint; line: StoredLine }[]>
  /** What the relay has logged so far. */
  logged(): string[]
}

// biome-ignore lint/suspicious/noExplicitAny: asserted field by field
export type StoredLine = any

/** A relay that pushes to a Loki which notes each entry as it came. */
export async function startShippingRelay(t: TestContext, env: Record<string, string> = {}): Promise<ShippingRelay> {
  const loki = await startScriptedLoki(t)
  const logged: string[] = []
  const shipping = { LOKI_ENDPOINT: loki.url, LOKI_FLUSH_INTERVAL: '20ms', LOKI_TENANT_ID: 'shop-tenant' }
  const relay = await startSourceRelay(t, { ...shipping, ...env }, '', { write: line => void logged.push(line) })
  return {
    relay,
    loki,
    logged: () => logged,
    async stored(count) {
      await waitFor(() => loki.entries().length >= count, { timeoutMs: 10_000, what: `${count} entries in Loki` })
      return loki.entries().map(({ labels, entry }) => ({
        labels,
        metadata: Object.fromEntries(entry.structuredMetadata.map(({ name, value }) => [name, value])),
        ns: BigInt(entry.timestamp.seconds) * 1_000_000_000n + BigInt(entry.timestamp.nanos),
        line: JSON.parse(entry.line),
      }))
    },
  }
}
