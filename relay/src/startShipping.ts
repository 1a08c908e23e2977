import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LokiConfig, RelayConfig } from './config.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Outcomes } from './outcomes.ts'
import type { Spool } from './spool/spool.ts'
import { type KeptRuns, openKeptRuns } from './upstream/keptRuns.ts'
import { createLokiClient } from './upstream/lokiClient.ts'
import { type Shipper, startShipper } from './upstream/shipper.ts'

/** What Loki has acknowledged is kept beside the spool for an audit: at most this, and this part of the spool's size. */
const maxKeptBytes = 256 * 1024 ** 2
const keptShare = 1 / 8

export interface ShippingDeps {
  spool: Spool
  metrics: Metrics
  outcomes: Outcomes
  log: Log
  kept?: KeptRuns
}

/** From the spool to Loki; each result goes to metrics and outcomes. */
export function startShipping(options: LokiConfig, { spool, metrics, outcomes, log, kept }: ShippingDeps): Shipper {
  return startShipper({
    spool,
    loki: createLokiClient(options),
    log,
    batchSize: options.batchSize,
    flushIntervalMs: options.flushIntervalMs,
    retryDelayMs: options.retryDelayMs,
    settleMs: options.settleMs,
    kept,
    auditWindowMs: options.auditWindowMs,
    auditIntervalMs: options.auditIntervalMs,
    onAudit: metrics.audit,
    onAuditFound: metrics.audited,
    onPush: ({ records, result, durationMs }) => metrics.push(result, records, durationMs),
    onUnchecked: metrics.unchecked,
    onRepaired: metrics.repaired,
    onStored: records => outcomes.stored(records),
    onQuarantined: records => outcomes.rejected('quarantined', records),
    onDamaged: records => outcomes.rejected('damaged', records),
  })
}

/** What Loki has acknowledged of late; nothing is kept, and what was is removed, where the operator wants no audit. */
export async function keepAcknowledged(
  { dir, maxBytes }: RelayConfig['spool'],
  windowMs: number,
  onLetGo: (records: number) => void,
): Promise<KeptRuns | undefined> {
  const keptDir = join(dir, 'acknowledged')
  if (windowMs === 0) {
    rmSync(keptDir, { recursive: true, force: true })
    return
  }
  return openKeptRuns({
    dir: keptDir,
    maxBytes: Math.min(maxKeptBytes, maxBytes * keptShare),
    fileMs: windowMs / 10,
    onLetGo,
  })
}
