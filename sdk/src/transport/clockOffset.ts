import type { LocalStore } from '../web/localStore.ts'

export interface ClockOffset {
  /** To be added to the page's clock to get the relay's, in whole ms; undefined until one exchange was measured. */
  offsetMs(): number | undefined
  learn(exchange: Exchange): void
}

export interface Exchange {
  /** The page's wall clock when the request went out, in ms. */
  sentAtMs: number
  /** How long the answer took, in ms, by a monotonic clock. */
  roundTripMs: number
  /** The relay's clock when it answered, in ms. */
  relayMs: number
}

const storeKey = 'loki-beacon:clock'
/** An offset measured by an earlier page serves the batches before this page's first answer, if it is not older: in ms. */
const keptForMs = 24 * 60 * 60_000

/**
 * Cristian's algorithm: the relay read its clock some time within the round trip, in the middle as far as we know, so
 * the error is at most half of it. The shortest round trip seen is the best measurement, and stays. Within its error
 * the clocks agree, and the offset is 0. (https://en.wikipedia.org/wiki/Cristian%27s_algorithm)
 */
export function createClockOffset(store: Pick<LocalStore, 'getItem' | 'setItem'>, wallMs: () => number): ClockOffset {
  let shortestMs = Number.POSITIVE_INFINITY
  let offsetMs: number | undefined
  // Not before it is needed: the first look into localStorage holds a page up for some milliseconds.
  let isRead = false
  return {
    offsetMs() {
      if (!isRead && offsetMs === undefined) offsetMs = keptOffset(store.getItem(storeKey), wallMs())
      isRead = true
      return offsetMs
    },
    learn({ sentAtMs, roundTripMs, relayMs }) {
      if (!Number.isFinite(relayMs)) return
      const measuredMs = Math.round(relayMs - (sentAtMs + roundTripMs / 2))
      // Measurements that can't both be right: the clock was set in between.
      const wasSet = Math.abs(measuredMs - (offsetMs ?? 0)) > roundTripMs / 2 + shortestMs
      if (roundTripMs > shortestMs && !wasSet) return
      shortestMs = roundTripMs
      offsetMs = Math.abs(measuredMs) < roundTripMs / 2 ? 0 : measuredMs
      store.setItem(storeKey, `${offsetMs}.${Math.round(sentAtMs)}`)
    },
  }
}

/** None if the clock was set back since, or might have been otherwise in so long a time. */
function keptOffset(text: string | null, nowMs: number): number | undefined {
  const [, offset, measuredAt] = /^(-?\d{1,15})\.(\d{1,15})$/.exec(text ?? '') ?? []
  const ageMs = nowMs - Number(measuredAt)
  return ageMs >= 0 && ageMs < keptForMs ? Number(offset) : undefined
}
