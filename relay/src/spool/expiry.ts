import type { Log } from '../log.ts'
import type { Spool } from './spool.ts'

export interface ExpiryOptions {
  /** Longest that a part waits, in ms. */
  maxAgeMs: number
  log: Pick<Log, 'warn'>
  /** So many records were dropped. */
  onExpired(records: number): void
  /** @defaultValue 60000 */
  sweepEveryMs?: number
}

/** So few at once that appends get their turn in between. */
const partsPerStep = 200

/** Drops what has waited for too long: at the start and once a minute, so one line in the log each minute tells of it. */
export function startExpiry(spool: Spool, options: ExpiryOptions): { stop(): void } {
  const { maxAgeMs, log, onExpired, sweepEveryMs = 60_000 } = options
  let stopped = false
  let sweeping = false
  void sweep()
  const timer = setInterval(sweep, sweepEveryMs)
  timer.unref()

  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }

  async function sweep(): Promise<void> {
    if (sweeping) return
    sweeping = true
    const apps: Record<string, number> = Object.create(null)
    try {
      while ((await step(apps)) === partsPerStep && !stopped);
    } catch (error) {
      if (!stopped) log.warn({ err: error }, 'the spool could not drop what is too old')
    }
    sweeping = false
    const records = Object.values(apps).reduce((sum, count) => sum + count, 0)
    if (records > 0) log.warn({ records, apps }, 'records waited for Loki longer than spool.maxAge, and were dropped')
  }

  async function step(apps: Record<string, number>): Promise<number> {
    const { parts, recordsByApp } = await spool.expire(Date.now() - maxAgeMs, partsPerStep)
    for (const [app, records] of recordsByApp) {
      apps[app] = (apps[app] ?? 0) + records
      onExpired(records)
    }
    return parts
  }
}
