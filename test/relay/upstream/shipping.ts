import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AuditFinding } from '../../../relay/src/auditFindings.ts'
import type { Part, Spool } from '../../../relay/src/spool/spool.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'
import { type KeptRuns, openKeptRuns } from '../../../relay/src/upstream/keptRuns.ts'
import { createLokiClient } from '../../../relay/src/upstream/lokiClient.ts'
import { type Shipper, type ShipperOptions, startShipper } from '../../../relay/src/upstream/shipper.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'

export const lane = 'acme {app="shop", kind="log"}'

/** A real spool in front of the Loki at `url`; every shipper started here ends with the test. */
export async function shipping(t: TestContext, url: string) {
  const dir = await tempDir(t)
  const shippers: Shipper[] = []
  let spool = await openSqliteSpool({ dir, minFreeBytes: 0 })
  t.after(async () => {
    for (const shipper of shippers) await shipper.stop()
    await spool.close()
  })
  const counts = {
    stored: 0,
    quarantined: 0,
    repaired: 0,
    unchecked: 0,
    results: [] as string[],
    logged: [] as unknown[],
  }
  const audited: { passes: number; found: Partial<Record<AuditFinding, number>> } = { passes: 0, found: {} }
  let batches = 0

  return {
    spool: (): Spool => spool,
    counts,
    audited,
    /** Stores parts as one batch, and returns their lanes, one for each record. */
    async append(...parts: Part[]): Promise<string[]> {
      await spool.append({ app: 'shop', id: `batch-${batches++}`, from: 0, to: 1, parts })
      return parts.flatMap(part => Array<string>(part.records).fill(part.lane))
    },
    /** With pauses that suit a test. */
    start(options: Partial<ShipperOptions> & { timeoutMs?: number } = {}) {
      const shipper = startShipper({
        spool,
        loki: createLokiClient({ endpoint: url, timeoutMs: options.timeoutMs ?? 5000 }),
        log: { info: note, warn: note } as ShipperOptions['log'],
        flushIntervalMs: 10,
        retryDelayMs: 5,
        maxRetryDelayMs: 50,
        configRetryMs: 100,
        breakerOpenMs: 50,
        settleMs: 300,
        onPush: ({ result }) => counts.results.push(result),
        onStored: records => (counts.stored += records),
        onQuarantined: records => (counts.quarantined += records),
        onRepaired: (_, records) => (counts.repaired += records),
        onUnchecked: records => (counts.unchecked += records),
        auditEveryMs: 10,
        onAudit: () => audited.passes++,
        onAuditFound: found,
        ...options,
      })
      shippers.push(shipper)
      return shipper
    },
    /** What a shipper keeps for an audit: `start({ kept: await keep() })`. */
    keep: (maxBytes = 1e9): Promise<KeptRuns> =>
      openKeptRuns({
        dir: join(dir, 'acknowledged'),
        maxBytes,
        fileMs: 1000,
        onLetGo: records => found('let_go', records),
      }),
    /** Until so many audits have ended. */
    untilAudited: (passes = 1, timeoutMs = 10_000) =>
      waitFor(() => audited.passes >= passes, { timeoutMs, everyMs: 10, what: `${passes} audits` }),
    /** What a new process finds. */
    async reopen() {
      await spool.close()
      spool = await openSqliteSpool({ dir, minFreeBytes: 0 })
    },
    /** Until nothing waits in the spool, and everything about it has been said. */
    untilEmpty: (timeoutMs = 10_000) =>
      waitFor(
        async () => (await spool.stats()).parts === 0 && shippers.every(shipper => shipper.lanes().length === 0),
        { timeoutMs, everyMs: 10, what: 'the spool to be empty' },
      ),
  }

  function found(finding: AuditFinding, records: number): void {
    audited.found[finding] = (audited.found[finding] ?? 0) + records
  }

  function note(...words: unknown[]): void {
    counts.logged.push(words)
  }
}
