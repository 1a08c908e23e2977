import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Loki } from '../../support/realLoki.ts'
import { readFigures } from '../../support/recordFigures.ts'
import type { RelayProcess } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'

export interface Outcome {
  loki: Loki
  relay: RelayProcess
  tenant: string
  startMs: number
  /** The relay was never restarted: what it counts is all there was. */
  oneProcess: boolean
  /** All that were acknowledged. */
  recordIds: readonly string[]
}

export interface Expected {
  /** Stored under a time of the relay's own, which may be that much off, in ms. @defaultValue 60000 */
  clockOffMs?: number
}

const selector = '{app="shop"}'

/** Log query, metric query and the relay's own count: each acknowledged record once, and nothing else. */
export async function assertStoredOnce(outcome: Outcome, expected: Expected = {}): Promise<void> {
  const { loki, relay, tenant, recordIds } = outcome
  const { clockOffMs = 60_000 } = expected
  const range = () => ({ startMs: outcome.startMs - clockOffMs, endMs: Date.now() + clockOffMs })
  const total = recordIds.length
  await waitFor(
    async () => {
      const { pending, rejected } = await readFigures(relay)
      if (pending > 0) throw new Error(`${pending} records are pending`)
      // Those will not come: what is missing is told below.
      if (rejected > 0) return true
      const count = await loki.queryCount(tenant, selector, range())
      if (count < total) throw new Error(`Loki has ${count} records`)
      return true
    },
    { timeoutMs: 180_000, everyMs: 500, what: `${total} records in Loki` },
  ).catch(error => {
    console.error(tailOf(relay))
    console.error(error)
  })
  // A copy that was still under way would come now.
  await sleep(1000)
  const found = (await loki.queryLog(tenant, selector, range())).map(({ labels }) => labels.record_id ?? '')
  const wanted = new Set(recordIds)
  const there = new Set(found)
  const missing = recordIds.filter(id => !there.has(id))
  const unasked = found.filter(id => !wanted.has(id))
  const seen = new Set<string>()
  const twice = found.filter(id => seen.has(id) || !seen.add(id))
  const figures = await readFigures(relay)
  const metric = await loki.queryCount(tenant, selector, range())
  const told = JSON.stringify(figures)
  if (missing.length + unasked.length + twice.length > 0 || metric !== total) console.error(tailOf(relay), told)
  assert.deepEqual(
    { missing: missing.slice(0, 5), unasked: unasked.slice(0, 5), twice: twice.slice(0, 5) },
    { missing: [], unasked: [], twice: [] },
    `log query: of ${total} are ${missing.length} missing, ${unasked.length} unasked, ${twice.length} twice; ${told}`,
  )
  assert.equal(metric, total, `metric query; ${told}`)
  assert.equal(figures.difference, 0, `received = stored + duplicate + rejected + pending; ${told}`)
  assert.deepEqual([figures.rejected, figures.pending, figures.unchecked], [0, 0, 0], told)
  assert.equal((await relay.metrics()).get('loki_beacon_spool_damaged'), 0, 'no kill looks like a damaged disk')
  // Of a batch that was stored in the spool twice, Loki may hide the copy.
  if (outcome.oneProcess) assert.equal(figures.stored, total, `stored; ${told}`)
}

function tailOf(relay: RelayProcess): string {
  return relay
    .output()
    .split('\n')
    .filter(line => !line.includes('"level":"debug"'))
    .slice(-60)
    .join('\n')
}
