import type { AppConfig } from '../config.ts'
import { type LimitName, type LimitRefusal, retryAfterS } from '../limitNames.ts'
import type { DayQuotas } from './dayQuotas.ts'
import type { TokenBuckets } from './tokenBuckets.ts'

export interface BatchSize {
  /** Of the batch's context; a batch without one counts for its app alone. */
  session?: string
  records: number
  /** Of the body after gzip is undone: it is what the spool and Loki get. */
  bytes: number
}

/** A batch that was counted. */
export interface Charge {
  /** Uncounts a share of it, from 0 to 1: what turned out to be stored before, or could not be stored. */
  giveBack(share: number): void
}

export type ChargeBatch = (app: AppConfig, size: BatchSize) => Charge | LimitRefusal

export interface BatchLimitsDeps {
  apps: TokenBuckets
  sessions: TokenBuckets
  quotas: DayQuotas
  random?: () => number
}

interface Meter {
  limit: LimitName
  waitMs(): number
  take(share: number): void
}

/** After midnight pages come back over this time instead of all at once. */
const midnightSpreadMs = 300_000

/** Counts a batch against all limits of its app, or against none where one of them is used up. */
export function createBatchLimits({ apps, sessions, quotas, random = Math.random }: BatchLimitsDeps): ChargeBatch {
  return (app, size) => {
    const meters = metersOf(app, size)
    let longest: { limit: LimitName; waitMs: number } | undefined
    for (const meter of meters) {
      const waitMs = meter.waitMs()
      if (waitMs > (longest?.waitMs ?? 0)) longest = { limit: meter.limit, waitMs }
    }
    if (longest) return { limit: longest.limit, retryAfterS: retryAfterS(longest.waitMs) }
    for (const meter of meters) meter.take(1)
    return {
      giveBack(share) {
        for (const meter of meters) meter.take(-share)
      },
    }
  }

  function metersOf({ name, limits }: AppConfig, { session, records, bytes }: BatchSize): Meter[] {
    const meters = [
      perSecond('records_per_second', apps, name, records, limits.recordsPerSecond),
      perSecond('bytes_per_second', apps, name, bytes, limits.bytesPerSecond),
      perDay('records_per_day', name, records, limits.recordsPerDay),
      perDay('bytes_per_day', name, bytes, limits.bytesPerDay),
    ]
    if (session !== undefined) {
      const owner = `${name}\n${session}`
      const { recordsPerSecond, bytesPerSecond } = limits.perSession
      meters.push(perSecond('session_records_per_second', sessions, owner, records, recordsPerSecond))
      meters.push(perSecond('session_bytes_per_second', sessions, owner, bytes, bytesPerSecond))
    }
    return meters.filter(meter => meter !== undefined)
  }

  function perSecond(limit: LimitName, buckets: TokenBuckets, owner: string, cost: number, rate?: number) {
    if (rate === undefined) return undefined
    const key = `${owner}\n${limit}`
    return { limit, waitMs: () => buckets.waitMs(key), take: (share: number) => buckets.take(key, share * cost, rate) }
  }

  function perDay(limit: LimitName, owner: string, cost: number, quota?: number) {
    if (quota === undefined) return undefined
    const key = `${owner}\n${limit}`
    return {
      limit,
      waitMs() {
        const waitMs = quotas.waitMs(key, quota)
        return waitMs === 0 ? 0 : waitMs + random() * midnightSpreadMs
      },
      take: (share: number) => quotas.take(key, share * cost, quota),
    }
  }
}
