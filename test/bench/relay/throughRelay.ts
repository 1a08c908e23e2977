import type { RelayProcess } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { sendAll } from './load.ts'

/** Sends, and waits until Loki has all of it: what waits in the spool is work that still has to be paid for. */
export async function throughRelay(relay: RelayProcess, bodies: readonly Buffer[], records: number) {
  const before = await relay.metrics()
  const startMs = performance.now()
  const ackMs = await sendAll(relay.url, '/v1/i/pk_bench', bodies)
  const elapsedS = (performance.now() - startMs) / 1000
  const after = await untilStored(relay, sample(before, stored) + records)
  const cpuSeconds = sample(after, cpu) - sample(before, cpu)
  return { cpuUs: cpuSeconds * 1e6, perSecond: records / elapsedS, ackMs }
}

function untilStored(relay: RelayProcess, records: number): Promise<Map<string, number>> {
  return waitFor(
    async () => {
      const metrics = await relay.metrics()
      return sample(metrics, stored) >= records && metrics
    },
    // Each look is a scrape, which the relay pays for: not many more than a Prometheus would make.
    { timeoutMs: 60_000, everyMs: 500, what: `${records} records to be forwarded` },
  )
}

const stored = 'loki_beacon_records_stored_total'
const cpu = 'process_cpu_seconds_total'

function sample(metrics: ReadonlyMap<string, number>, name: string): number {
  const value = metrics.get(name)
  if (value === undefined) throw new Error(`the relay has no metric ${name}`)
  return value
}
