import { isLateLane, laneApp, splitLane } from '../lane.ts'
import type { LeasedPart, Spool } from '../spool/spool.ts'
import type { KeptRuns } from './keptRuns.ts'
import { createLaneHealth, type LaneHealthOptions, type LaneStatus } from './laneHealth.ts'
import { createLaneSchedule } from './laneSchedule.ts'
import type { LokiClient } from './lokiClient.ts'
import { countBytes, countRecords } from './pieces.ts'
import { type RepairedEntry, repairEntry } from './repairEntry.ts'
import { createAmbiguityResolver } from './resolveAmbiguous.ts'
import { setAsideDamaged } from './setAsideDamaged.ts'
import { createShipment } from './shipment.ts'
import { type PushReport, shipParts } from './shipParts.ts'
import type { Slots } from './slots.ts'
import type { Turns } from './turns.ts'
import type { UnsureRefusals } from './unsureRefusals.ts'

export interface LaneRunner {
  /** So many more records wait in the spool. */
  notify(records: number): void
  /** Ships from now on without waiting for more. */
  flush(): void
  status(): LaneStatus
  /** It waits for Loki or an operator, and not just for a moment. */
  isStuck(): boolean
  /** Gives up the push under way; its records are looked for at the next start. */
  stop(): Promise<void>
}

export interface LaneDeps {
  spool: Spool
  loki: LokiClient
  slots: Slots
  turns: Turns
  unsureRefusals: UnsureRefusals
  kept?: KeptRuns
}

export interface LaneOptions extends LaneHealthOptions {
  flushIntervalMs: number
  settleMs: number
  leaseTtlMs: number
  onPush?(report: PushReport): void
  onStored?(records: number): void
  onQuarantined?(records: number): void
  /** They were not on disk any more as they were stored, and only the fact is in quarantine. */
  onDamaged?(records: number): void
  /** They wait in the spool again, some in other lanes. */
  onRepaired?(entries: readonly RepairedEntry[]): void
  onUnchecked?(records: number): void
  /** Parts of the lane rest for `configRetryMs`. */
  onResting(): void
  /** Nothing is left in the spool: the runner has ended. */
  onEmpty(): void
}

/** One lane's way to Loki: lease, push, acknowledge, one push at a time and in order, until the lane is empty. */
export function startLane(
  lane: string,
  { spool, loki, slots, turns, unsureRefusals, kept }: LaneDeps,
  options: LaneOptions,
): LaneRunner {
  const { maxRecords, flushIntervalMs, settleMs, leaseTtlMs } = options
  const { tenant } = splitLane(lane)
  const app = laneApp(lane)
  const isLate = isLateLane(lane)
  const schedule = createLaneSchedule({ batchSize: maxRecords, flushIntervalMs })
  const health = createLaneHealth(lane, options)
  const ambiguity = createAmbiguityResolver(settleMs, () => performance.now())
  const giveUp = new AbortController()
  const { signal } = giveUp
  /** Returned parts of which nothing was stored, with the attempts they had then: no need to look for them. */
  let untouched = new Map<number, number>()
  const ended = run()

  return {
    notify: schedule.notify,
    flush: schedule.flush,
    status: health.status,
    isStuck: health.isStuck,
    async stop() {
      giveUp.abort()
      schedule.wake()
      await ended
    },
  }

  async function run(): Promise<void> {
    // A lane that is started to be notified waits for company like any other.
    await Promise.resolve()
    for (;;) {
      const mayBeEmpty = !(await schedule.due())
      if (signal.aborted) return
      const endTurn = await turns.acquire(lane)
      const release = await slots.acquire(tenant, app, () => isLate || (mayBeEmpty && schedule.isIdle()))
      const found = await round().catch(spoolFailed).finally(release).finally(endTurn)
      if (!found && schedule.isIdle()) return options.onEmpty()
    }
  }

  /** @returns false when the lane was empty. */
  async function round(): Promise<boolean> {
    if (signal.aborted) return true
    const limits = health.leaseLimits()
    const deadlineMs = performance.now() + leaseTtlMs / 2
    const leased = await spool.lease({ lane, ...limits, ttlMs: leaseTtlMs })
    if (leased.length === 0) return false
    const { parts, lost } = await setAsideDamaged(spool, leased)
    if (lost > 0) options.onDamaged?.(lost)
    const shipment = createShipment(spool, parts, {
      keep: kept && ((...run) => kept.keep(lane, ...run)),
      repair: refused => repairEntry(refused, loki.nowMs()),
      isBelieved: unsureRefusals.again,
      doubtMs: options.configRetryMs,
    })
    const result = await shipParts(parts, shipment, {
      loki,
      lane,
      limits: health.pushLimits(),
      ambiguity,
      isSuspect: ({ seq, attempts }) => attempts > 0 && untouched.get(seq) !== attempts,
      deadlineMs,
      signal,
      throttled: health.throttled(),
      onPush: options.onPush,
      onUnchecked: options.onUnchecked,
    })
    const concluded = await shipment.conclude().catch(error => giveBack(parts, error))
    untouched = new Map(concluded.untouched.map(({ seq, attempts }) => [seq, attempts + 1]))
    if (concluded.stored > 0) options.onStored?.(concluded.stored)
    if (concluded.repaired.length > 0) options.onRepaired?.(concluded.repaired)
    if (concluded.quarantined > 0) options.onQuarantined?.(concluded.quarantined)
    if (concluded.resting) options.onResting()
    schedule.pause(health.settled(result))
    const wasFull = countRecords(parts) * 2 >= limits.maxRecords || countBytes(parts) * 2 >= limits.maxBytes
    if (wasFull || result.kind !== 'shipped') schedule.more()
    return true
  }

  /** Could not be written down, as on a full disk. To give it back writes nothing; it is looked for before it is pushed. */
  async function giveBack(parts: readonly LeasedPart[], error: unknown): Promise<never> {
    await spool.retry(parts, 0).catch(() => {})
    throw error
  }

  /** What is still leased then comes free when its lease ends. */
  function spoolFailed(error: unknown): true {
    if (!signal.aborted) schedule.pause(health.failed(error instanceof Error ? error.message : String(error)))
    return true
  }
}
