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

/**
 * Cristian's algorithm: the relay read its clock some time within the round trip, in the middle as far as we know, so
 * the error is at most half of it. The shortest round trip seen is the best measurement, and stays. Within its error
 * the clocks agree, and the offset is 0. (https://en.wikipedia.org/wiki/Cristian%27s_algorithm)
 */
export function createClockOffset(): ClockOffset {
  let shortestMs = Number.POSITIVE_INFINITY
  let offsetMs: number | undefined
  return {
    offsetMs: () => offsetMs,
    learn({ sentAtMs, roundTripMs, relayMs }) {
      if (!(roundTripMs <= shortestMs && Number.isFinite(relayMs))) return
      shortestMs = roundTripMs
      const measuredMs = Math.round(relayMs - (sentAtMs + roundTripMs / 2))
      offsetMs = Math.abs(measuredMs) < roundTripMs / 2 ? 0 : measuredMs
    },
  }
}
