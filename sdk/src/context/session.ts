import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
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

export interface Session {
  /** Id of the running session; a new one where it must be. */
  id(): string
  /** The next id has nothing to do with this one. */
  forget(): void
}

/** The tabs of an origin share a session through `store`; where it keeps nothing, the page has one of its own. */
export function createSession(clock: Clock, store: Pick<LocalStore, 'getItem' | 'setItem' | 'removeItem'>): Session {
  let visit: Visit | undefined
  return { id, forget }

  function id(): string {
    const nowMs = Math.round(clock.wallMs())
    if (visit && isRunning(visit, nowMs) && nowMs - visit.activeMs < touchEveryMs) return visit.id
    // Another tab may have kept the visit alive, or started the next one.
    const known = read(store.getItem(storeKey)) ?? visit
    visit = known && isRunning(known, nowMs) ? known : { id: randomId(), startMs: nowMs, activeMs: 0 }
    if (nowMs - visit.activeMs >= touchEveryMs) {
      visit.activeMs = nowMs
      store.setItem(storeKey, `${visit.id}.${visit.startMs}.${visit.activeMs}`)
    }
    return visit.id
  }

  function forget(): void {
    visit = undefined
    store.removeItem(storeKey)
  }
}

/** A time of the future is no sign of life: the clock was set back, or the store was tampered with. */
function isRunning({ startMs, activeMs }: Visit, nowMs: number): boolean {
  const isPast = startMs <= nowMs + touchEveryMs && activeMs <= nowMs + touchEveryMs
  return isPast && nowMs - startMs < absoluteMs && nowMs - activeMs < idleMs
}

function read(text: string | null): Visit | undefined {
  const parts = /^([0-9a-f]{20})\.(\d{1,15})\.(\d{1,15})$/.exec(text ?? '')
  return parts ? { id: parts[1]!, startMs: Number(parts[2]), activeMs: Number(parts[3]) } : undefined
}
