import { RelayError } from './errors.ts'
import type { Log } from './log.ts'
import { type SpoolBound, SpoolClosedError, SpoolFullError } from './spool/spool.ts'

export interface RefuseFullDeps {
  /** Counts a refused batch. */
  spoolFull(app: string, bound: SpoolBound): void
  log: Pick<Log, 'warn'>
  nowMs(): number
}

/** How long a page is asked to wait while the spool is full: until then some of it may have been shipped. */
const spoolFullRetryS = 30
const logEveryMs = 60_000

/** What a page is answered when the spool does not take its batch; the log tells of each app once a minute. */
export function createRefuseFull({ spoolFull, log, nowMs }: RefuseFullDeps): (app: string, error: unknown) => never {
  const logged = new Map<string, { atMs: number; since: number }>()

  return (app, error) => {
    if (error instanceof SpoolClosedError) throw new RelayError('shutting_down', { retryAfterS: 5 })
    if (!(error instanceof SpoolFullError)) throw error
    spoolFull(app, error.bound)
    note(app, error)
    throw new RelayError('spool_full', { retryAfterS: spoolFullRetryS })
  }

  function note(app: string, { bound, message }: SpoolFullError): void {
    const last = logged.get(app)
    if (last && nowMs() - last.atMs < logEveryMs) {
      last.since++
      return
    }
    logged.set(app, { atMs: nowMs(), since: 0 })
    const words = bound === 'share' ? 'the app fills its share of the spool' : 'the spool is full'
    log.warn(
      { app, refusedBatches: 1 + (last?.since ?? 0), bound, reason: message },
      `${words}: its pages are answered 503 and keep their records`,
    )
  }
}
