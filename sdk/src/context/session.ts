import type { Clock } from '../web/clock.ts'
import { randomId } from '../web/randomId.ts'

/** A visit: over after this much time without a record, or after this much in all, in ms. */
const idleMs = 30 * 60_000
const absoluteMs = 4 * 60 * 60_000
/** The store is shared and synchronous: how late other tabs may learn that the visit goes on, in ms. */
const touchEveryMs = 60_000
const storeKey = 'loki-beacon:session'

interface Visit {
  id: string
  startMs: number
  /** Last known sign of life of any tab. */
  activeMs: number
}

/** The part of localStorage that is used. */
export type SessionStore = Pick<Storage, 'getItem' | 'setItem'>

/**
 * Gives the id of the running session, starting a new one when it must. The tabs of an origin share it through
 * `store`; where there is none, or it throws (storage denied or full), the page has a session of its own.
 */
export function createSession(clock: Clock, store: SessionStore | undefined): () => string {
  let visit: Visit | undefined
  return () => {
    const nowMs = Math.round(clock.wallMs())
    if (visit && isRunning(visit, nowMs) && nowMs - visit.activeMs < touchEveryMs) return visit.id
    // Another tab may have kept the visit alive, or started the next one.
    const known = load(store) ?? visit
    visit = known && isRunning(known, nowMs) ? known : { id: randomId(), startMs: nowMs, activeMs: 0 }
    if (nowMs - visit.activeMs >= touchEveryMs) {
      visit.activeMs = nowMs
      save(store, visit)
    }
    return visit.id
  }
}

/** A time of the future is no sign of life: the clock was set back, or the store was tampered with. */
function isRunning({ startMs, activeMs }: Visit, nowMs: number): boolean {
  const isPast = startMs <= nowMs + touchEveryMs && activeMs <= nowMs + touchEveryMs
  return isPast && nowMs - startMs < absoluteMs && nowMs - activeMs < idleMs
}

function load(store: SessionStore | undefined): Visit | undefined {
  try {
    const parts = /^([0-9a-f]{20})\.(\d{1,15})\.(\d{1,15})$/.exec(store?.getItem(storeKey) ?? '')
    return parts ? { id: parts[1]!, startMs: Number(parts[2]), activeMs: Number(parts[3]) } : undefined
  } catch {
    return undefined
  }
}

function save(store: SessionStore | undefined, { id, startMs, activeMs }: Visit): void {
  try {
    store?.setItem(storeKey, `${id}.${startMs}.${activeMs}`)
  } catch {
    // Denied or full: the session is then known to this page alone.
  }
}
