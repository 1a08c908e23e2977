import type { Clock } from '../web/clock.ts'
import type { LocalStore } from '../web/localStore.ts'
import { randomId } from '../web/randomId.ts'

interface Visit {
  id: string
  startMs: number
  /** Last known sign of life of any tab. */
  activeMs: number
}

export interface SessionOptions {
  clock: Clock
  store: Pick<LocalStore, 'getItem' | 'setItem' | 'removeItem'>
  /** The app's: apps of one origin share sessions, and each tells of them for itself. */
  key: string
  /** A visit is over after this much time without a record, or after this much in all, in ms. */
  idleMs: number
  maxMs: number
}

export interface Session {
  /** Id of the running session; a new one where it must be. */
  id(): string
  /**
   * Calls back for each session that no tab of this app has told of yet, at once and later on, with the id of the one
   * before where that has just ended. Not while the session is held. Returns what stops it.
   */
  onStart(callback: (previous?: string) => void): () => void
  /** Whether this is the session's first exception in all of its tabs. Says so once. */
  markError(): boolean
  /** While the user has not consented nothing is told; after that a session that goes on in other tabs is taken up. */
  hold(isHeld: boolean): void
  /** The next id has nothing to do with this one. */
  forget(): void
}

/** The store is shared and synchronous: how late other tabs may learn that the visit goes on, in ms. */
const touchEveryMs = 60_000
const storeKey = 'loki-beacon:session'
const idChars = 20
const errorMark = '!'

/** The tabs of an origin share a session through `store`; where it keeps nothing, the page has one of its own. */
export function createSession({ clock, store, key, idleMs, maxMs }: SessionOptions): Session {
  const touchMs = Math.min(touchEveryMs, idleMs / 4)
  const toldKey = `loki-beacon:told:${key}`
  const callbacks = new Set<(previous?: string) => void>()
  let visit: Visit | undefined
  /** The session that was told of, and whether of its first exception, as far as this page knows. */
  let told = ''
  let isHeld = false

  return {
    id,
    onStart(callback) {
      callbacks.add(callback)
      renew()
      return () => callbacks.delete(callback)
    },
    markError() {
      const mark = id() + errorMark
      if (isHeld || told === mark || readTold() === mark) return false
      writeTold(mark)
      return true
    },
    hold(held) {
      const isReleased = isHeld && !held
      isHeld = held
      if (isReleased) renew()
    },
    forget() {
      visit = undefined
      told = ''
      store.removeItem(storeKey)
      store.removeItem(toldKey)
    },
  }

  function id(): string {
    const nowMs = Math.round(clock.wallMs())
    if (visit && isRunning(visit, nowMs) && nowMs - visit.activeMs < touchMs) return visit.id
    return renew().id
  }

  function renew(): Visit {
    const nowMs = Math.round(clock.wallMs())
    // Another tab may have kept the visit alive, or started the next one.
    const stored = read(store.getItem(storeKey))
    const known = stored ?? visit
    visit = [stored, visit].find(one => one && isRunning(one, nowMs)) ?? { id: randomId(), startMs: nowMs, activeMs: 0 }
    if (nowMs - visit.activeMs >= touchMs || visit.id !== stored?.id) {
      visit.activeMs = nowMs
      store.setItem(storeKey, `${visit.id}.${visit.startMs}.${visit.activeMs}`)
    }
    if (!isHeld && callbacks.size > 0 && readTold().slice(0, idChars) !== visit.id) {
      writeTold(visit.id)
      const previous = known && known.id !== visit.id && nowMs - known.activeMs < maxMs ? known.id : undefined
      for (const callback of callbacks) callback(previous)
    }
    return visit
  }

  function readTold(): string {
    told = store.getItem(toldKey) ?? told
    return told
  }

  function writeTold(text: string): void {
    told = text
    store.setItem(toldKey, text)
  }

  /** A time of the future is no sign of life: the clock was set back, or the store was tampered with. */
  function isRunning({ startMs, activeMs }: Visit, nowMs: number): boolean {
    const isPast = startMs <= nowMs + touchEveryMs && activeMs <= nowMs + touchEveryMs
    return isPast && nowMs - startMs < maxMs && nowMs - activeMs < idleMs
  }
}

function read(text: string | null): Visit | undefined {
  const parts = /^([0-9a-f]{20})\.(\d{1,15})\.(\d{1,15})$/.exec(text ?? '')
  return parts ? { id: parts[1]!, startMs: Number(parts[2]), activeMs: Number(parts[3]) } : undefined
}
