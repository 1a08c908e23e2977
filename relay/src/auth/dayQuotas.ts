const dayMs = 86_400_000

/** What was used of each quota since midnight UTC. What one batch takes beyond it is taken off the next day. */
export interface DayQuotas {
  /** 0 while there is something left, else how long until the day ends, in ms. Takes nothing. */
  waitMs(key: string, perDay: number): number
  /** Takes the amount whatever is left; a negative one is given back. */
  take(key: string, amount: number, perDay: number): void
  /** What was used of each, for the next process. */
  uses(): [key: string, DayUse][]
}

/** The day, counted from the epoch, and what was used up to its end and is not paid off yet. */
export interface DayUse {
  day: number
  amount: number
}

/**
 * One number a key; keys are those of the configuration, so they need no bound.
 *
 * @param earlier What an earlier process has used.
 */
export function createDayQuotas(nowMs: () => number, earlier: Iterable<[key: string, DayUse]> = []): DayQuotas {
  const uses = new Map(earlier)
  return {
    waitMs(key, perDay) {
      return today(key, perDay).amount < perDay ? 0 : dayMs - (nowMs() % dayMs)
    },
    take(key, amount, perDay) {
      const use = today(key, perDay)
      use.amount = Math.max(0, use.amount + amount)
      uses.set(key, use)
    },
    uses: () => [...uses],
  }

  function today(key: string, perDay: number): DayUse {
    const day = Math.floor(nowMs() / dayMs)
    const use = uses.get(key) ?? { day, amount: 0 }
    // A clock that is set back starts no new day, and does not make one last longer: the next midnight counts.
    use.day = Math.min(use.day, day)
    return { day, amount: Math.max(0, use.amount - perDay * (day - use.day)) }
  }
}
