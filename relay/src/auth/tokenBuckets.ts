/** What may come at once: so many seconds of the rate. */
const burstMs = 10_000

/**
 * Token buckets by key, each holding ten seconds of its rate. A bucket lets anything through while there is something
 * in it, and is overdrawn by what is larger: so nothing is too large to pass some time, and who comes next waits longer.
 */
export interface TokenBuckets {
  /** 0 while there is something in the bucket, else how long until there is, in ms. Takes nothing. */
  waitMs(key: string): number
  /** Takes the amount whatever is left; a negative one is given back. */
  take(key: string, amount: number, perSecond: number): void
  /** Buckets that are remembered: those that are not full. */
  size(): number
}

export interface TokenBucketsOptions {
  /** Buckets remembered at most. Above it the half not used for longest is forgotten, which fills them. */
  maxKeys: number
  nowMs?: () => number
}

/** Buckets that have filled up meanwhile are forgotten this often. */
const sweepEveryMs = 60_000

/**
 * Own code, for rate-limiter-flexible keeps a record and a timer for each key it has seen, without a bound to their
 * number, and never lets pass what is larger than the whole limit. Here a key costs one number: when its bucket is full
 * again. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function createTokenBuckets({ maxKeys, nowMs = () => performance.now() }: TokenBucketsOptions): TokenBuckets {
  // Two generations instead of one list in order of use: a Map whose first entry is taken out again and again
  // is slow, as it looks for the next one among all that are gone.
  let recent = new Map<string, number>()
  let older = new Map<string, number>()
  let sweptAtMs = nowMs()
  return {
    waitMs(key) {
      const emptyMs = fullAtMs(key) - nowMs() - burstMs
      return emptyMs < 0 ? 0 : Math.max(1, emptyMs)
    },
    take(key, amount, perSecond) {
      const now = nowMs()
      const next = Math.max(fullAtMs(key), now) + (amount / perSecond) * 1000
      older.delete(key)
      if (next > now) recent.set(key, next)
      else recent.delete(key)
      if (recent.size > maxKeys / 2) {
        older = recent
        recent = new Map()
      }
      if (now - sweptAtMs > sweepEveryMs) sweep(now)
    },
    size: () => recent.size + older.size,
  }

  function fullAtMs(key: string): number {
    return recent.get(key) ?? older.get(key) ?? 0
  }

  function sweep(now: number): void {
    sweptAtMs = now
    for (const generation of [recent, older])
      for (const [key, atMs] of generation) if (atMs <= now) generation.delete(key)
  }
}
