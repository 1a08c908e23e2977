import { Gauge, type Registry } from 'prom-client'
import { diskReserveBytes, inMebibytes } from './diskReserve.ts'
import type { SpoolStats } from './spool/spool.ts'

export interface SpoolMetricsOptions {
  /** The quota. */
  maxBytes: number
  /** Its files were not as a relay leaves them. */
  damaged: boolean
  /** Names of the configured apps, now. */
  apps(): readonly string[]
  registers: Registry[]
}

/** What waits on disk, and how much room is left. Returns what writes down the figures of now. */
export function createSpoolMetrics(options: SpoolMetricsOptions): (figures: SpoolStats) => void {
  const { maxBytes, damaged, apps, registers } = options
  const gauge = (name: string, help: string) => new Gauge({ name: `loki_beacon_${name}`, help, registers })
  const pending = gauge('records_pending', 'Records in the spool. received = stored + duplicate + rejected + pending.')
  const parts = gauge('spool_parts', 'Parts of batches in the spool.')
  const bytes = gauge('spool_bytes', 'Bytes of the records in the spool.')
  const bytesOfApp = new Gauge({
    name: 'loki_beacon_spool_app_bytes',
    help: 'Bytes of the records in the spool, by app. An app that is not configured any more counts in spool_bytes only.',
    labelNames: ['app'],
    registers,
  })
  gauge('spool_max_bytes', 'Quota of the spool.').set(maxBytes)
  const free = gauge(
    'spool_free_bytes',
    `What the quota still leaves, about, or the disk above the ${inMebibytes(diskReserveBytes)} that stay free there, where that is less.`,
  )
  const leased = gauge('spool_leased_parts', 'Parts that are being pushed.')
  const age = gauge('spool_oldest_age_seconds', 'Age of the oldest part in the spool, 0 when it is empty.')
  const writable = gauge(
    'spool_writable',
    '1, or 0 while pages are answered 503 because the spool or its disk is full: /ready says which.',
  )
  gauge(
    'spool_damaged',
    "1 where the spool's files were found damaged at the start: the log says what became of it.",
  ).set(damaged ? 1 : 0)
  const quarantined = gauge('spool_quarantined_records', 'Records that Loki will never take, kept for a look.')
  return figures => {
    pending.set(figures.records)
    parts.set(figures.parts)
    bytes.set(figures.bytes)
    bytesOfApp.reset()
    for (const app of apps()) bytesOfApp.set({ app }, figures.bytesByApp.get(app) ?? 0)
    free.set(figures.freeBytes)
    leased.set(figures.leased)
    age.set(figures.oldestAgeMs / 1000)
    writable.set(figures.writable ? 1 : 0)
    quarantined.set(figures.quarantinedRecords)
  }
}
