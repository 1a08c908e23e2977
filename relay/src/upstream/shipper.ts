import type { Logger } from 'pino'
import type { AuditFinding } from '../auditFindings.ts'
import type { Spool } from '../spool/spool.ts'
import { startAudit } from './audit.ts'
import type { KeptRuns } from './keptRuns.ts'
import type { LaneStatus } from './laneHealth.ts'
import { type LaneRunner, startLane } from './laneRunner.ts'
import type { LokiClient } from './lokiClient.ts'
import type { Repair } from './repairEntry.ts'
import type { PushReport } from './shipParts.ts'
import { createSlots } from './slots.ts'
import { createTurns } from './turns.ts'
import { createUnsureRefusals } from './unsureRefusals.ts'

export interface ShipperOptions {
  spool: Spool
  /** Closed by `stop()`. */
  loki: LokiClient
  log: Pick<Logger, 'info' | 'warn'>
  /** Most records of one push. @defaultValue `1000` */
  batchSize?: number
  /** How long a record waits for others before it is pushed, in ms. @defaultValue `1000` */
  flushIntervalMs?: number
  /** First pause after a failed push, in ms; each further one may last twice as long, with full jitter. @defaultValue `100` */
  retryDelayMs?: number
  /** Longest pause, in ms. @defaultValue `30000` */
  maxRetryDelayMs?: number
  /** How often a lane that an operator must help is tried again, in ms. @defaultValue `30000` */
  configRetryMs?: number
  /** How long a push that was given up can take to be applied by Loki, in ms; more behind a proxy that holds requests. @defaultValue `6000` */
  settleMs?: number
  /** After so many failures in a row a lane sends only a small push now and then. @defaultValue `5` */
  breakerThreshold?: number
  /** How long it sends nothing then, in ms. @defaultValue `5000` */
  breakerOpenMs?: number
  /** How long the spool keeps leased parts for us, in ms. @defaultValue `300000` */
  leaseTtlMs?: number
  /** Keeps what Loki has acknowledged, to look for it again after Loki was out of reach. Closed by `stop()`. Without it, nothing is audited. */
  kept?: KeptRuns
  /** How long it is kept, in ms. @defaultValue `600000` */
  auditWindowMs?: number
  /** Least time from the begin of an audit to that of the next one, in ms; up to half of the window when they find nothing. @defaultValue `60000` */
  auditEveryMs?: number
  /** After so long there is an audit without any sign of trouble, in ms; 0 for none. @defaultValue `0` */
  auditIntervalMs?: number
  onPush?(report: PushReport): void
  /** Loki has so many more records, and the spool has let them go. */
  onStored?(records: number): void
  onQuarantined?(records: number): void
  /** They were not on disk any more as they were stored. */
  onDamaged?(records: number): void
  /** Refused by Loki, and in the spool again in a form that it may take. */
  onRepaired?(repair: Repair, records: number): void
  /** So many records were pushed again without knowing whether they are stored: metric queries may count them twice for a while. */
  onUnchecked?(records: number): void
  /** An audit has ended. */
  onAudit?(): void
  onAuditFound?(finding: AuditFinding, records: number): void
}

export interface Shipper {
  /** Records were stored in the spool: their lanes, once for each record. Quickest where equal ones stand together. */
  notify(lanes: Iterable<string>): void
  /** Ships without waiting for more records, until nothing is left but what Loki will not take now, or the time is over (ms since the epoch). */
  drain(deadlineMs: number): Promise<void>
  /** Gives up what is under way, and closes the connections. What Loki may have of it is looked for at the next start. */
  stop(): Promise<void>
  /** The lanes that have records to ship. */
  lanes(): LaneStatus[]
}

/** Ingesters get a push in one message of at most 4 MiB by default (`grpc_server_max_recv_msg_size`). */
const maxPushBytes = 3 * 1024 * 1024
/** 48 MiB of bodies at the most, and room for other tenants while pushes of one hang. */
const maxPushes = 16
const maxPushesOfTenant = 4
/** Lanes nobody notified: with parts whose lease ended, here or in another relay. */
const sweepEveryMs = 60_000

/** Brings what is in the spool to Loki, each lane by itself, for as long as it takes. */
export function startShipper(options: ShipperOptions): Shipper {
  const { spool, loki, log, kept } = options
  const slots = createSlots(maxPushes, maxPushesOfTenant)
  const turns = createTurns()
  const unsureRefusals = createUnsureRefusals()
  const pauses = {
    retryDelayMs: options.retryDelayMs ?? 100,
    maxRetryDelayMs: options.maxRetryDelayMs ?? 30_000,
    configRetryMs: options.configRetryMs ?? 30_000,
    settleMs: options.settleMs ?? 6000,
  }
  const limits = { maxRecords: options.batchSize ?? 1000, maxBytes: maxPushBytes }
  const audit =
    kept &&
    startAudit({
      kept,
      loki,
      turns,
      slots,
      limits,
      log,
      ...pauses,
      windowMs: options.auditWindowMs ?? 600_000,
      everyMs: options.auditEveryMs ?? 60_000,
      intervalMs: options.auditIntervalMs ?? 0,
      onPush,
      onAudit: options.onAudit,
      onFound: options.onAuditFound,
    })
  const runners = new Map<string, LaneRunner>()
  if (audit) loki.watchIdle(audit.cutOff)
  let flushing = false
  let stopped = false
  void sweep()
  const sweeping = setInterval(sweep, sweepEveryMs)
  sweeping.unref()

  return {
    notify(lanes) {
      if (stopped) return
      let last: string | undefined
      let records = 0
      for (const lane of lanes) {
        if (lane !== last) notifyLast()
        last = lane
        records++
      }
      notifyLast()

      function notifyLast(): void {
        if (last !== undefined) runnerOf(last).notify(records)
        records = 0
      }
    },
    async drain(deadlineMs) {
      flushing = true
      for (const runner of runners.values()) runner.flush()
      while (Date.now() < deadlineMs && [...runners.values()].some(runner => !runner.isStuck()))
        await new Promise(resolve => setTimeout(resolve, 20))
    },
    async stop() {
      stopped = true
      clearInterval(sweeping)
      await Promise.all([audit?.stop(), ...[...runners.values()].map(runner => runner.stop())])
      runners.clear()
      loki.close()
      await kept?.close()
    },
    lanes: () => [...runners.values()].map(runner => runner.status()),
  }

  function onPush(report: PushReport): void {
    if (report.cutOff) audit?.cutOff()
    options.onPush?.(report)
  }

  async function sweep(): Promise<void> {
    try {
      const lanes = await spool.lanes()
      if (!stopped) for (const lane of lanes) runnerOf(lane)
    } catch (error) {
      if (!stopped) log.warn({ err: error }, 'the spool could not list its lanes')
    }
  }

  function runnerOf(lane: string): LaneRunner {
    let runner = runners.get(lane)
    if (!runner) {
      runner = startRunner(lane)
      runners.set(lane, runner)
      if (flushing) runner.flush()
    }
    return runner
  }

  function startRunner(lane: string): LaneRunner {
    return startLane(
      lane,
      { spool, loki, slots, turns, unsureRefusals, kept },
      {
        ...limits,
        ...pauses,
        flushIntervalMs: options.flushIntervalMs ?? 1000,
        breakerThreshold: options.breakerThreshold ?? 5,
        breakerOpenMs: options.breakerOpenMs ?? 5000,
        leaseTtlMs: options.leaseTtlMs ?? 300_000,
        onPush,
        onStored: options.onStored,
        onQuarantined: options.onQuarantined,
        onDamaged(records) {
          log.warn({ lane, records }, 'records were damaged on disk; the fact is in quarantine')
          options.onDamaged?.(records)
        },
        onRepaired(entries) {
          for (const [repair, { length }] of Map.groupBy(entries, entry => entry.repair))
            options.onRepaired?.(repair, length)
          for (const entry of entries) if (!stopped) runnerOf(entry.lane).notify(1)
        },
        onUnchecked: options.onUnchecked,
        onResting: () => wakeLater(lane),
        onState: status => logState(status),
        onEmpty: () => runners.delete(lane),
      },
    )
  }

  /** Its runner may have ended by then. */
  function wakeLater(lane: string): void {
    const timer = setTimeout(() => {
      if (!stopped) runnerOf(lane).notify(1)
    }, pauses.configRetryMs)
    timer.unref()
  }

  function logState({ lane, state, reason }: LaneStatus): void {
    if (state === 'shipping') log.info({ lane }, 'shipping to Loki again')
    else if (state === 'stopped') log.warn({ lane, reason }, 'Loki refuses this lane until something is changed')
    else log.warn({ lane, state, reason }, 'shipping to Loki has to wait')
  }
}
