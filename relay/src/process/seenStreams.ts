/** The streams of an app that had a record of late, for a bound on their number. */
export interface SeenStreams {
  /** Whether this one is among them, or becomes one because they are fewer than `max`. */
  admit(stream: string, max: number, nowMs: number): boolean
}

/** Loki lets go of a stream after half an hour without an entry (`chunk_idle_period`); its clean-up takes time too. */
const windowMs = 3_600_000

/** Holds no more than `max` of them. One that is in use keeps its place, however many others want one. */
export function createSeenStreams(): SeenStreams {
  /** The longest unused first. */
  const lastMs = new Map<string, number>()
  return {
    admit(stream, max, nowMs) {
      forgetBefore(nowMs - windowMs)
      if (!lastMs.delete(stream) && lastMs.size >= max) return false
      lastMs.set(stream, nowMs)
      return true
    },
  }

  function forgetBefore(ms: number): void {
    for (const [stream, atMs] of lastMs) {
      if (atMs >= ms) return
      lastMs.delete(stream)
    }
  }
}
