const dayMs = 86_400_000

/** What was used of each quota since midnight UTC. What one batch takes beyond it is taken off the next day. */
export interface DayQuotas {
  /** 0 while there is something left, else how long until the day ends, in ms. Takes nothing. */
  waitMs(key: string, perDay: number): number
  /** Takes the amount whatever is left; a negative one is given back. */
  take(key: string, amount: number, perDay: number): void
}

interface Use {
  day: number
  amount: number
}

/** One number a key; keys are those of the configuration, so they need no bound. */
export function createDayQuotas(nowMs: () => number): DayQuotas {
  const uses = new Map<string, Use>()
  return {
    waitMs(key, perDay) {
      return today(key, perDay).amount < perDay ? 0 : dayMs - (nowMs() % dayMs)
    },
    take(key, amount, perDay) {
      const use = today(key, perDay)
      use.amount = Math.max(0, use.amount + amount)
      uses.set(key, use)
    },
  }

  function today(key: string, perDay: number): Use {
    const day = Math.floor(nowMs() / dayMs)
    const { day: lastDay, amount } = uses.get(key) ?? { day, amount: 0 }
    // Not below zero: a clock that is set back starts no new day, and does not make one last longer.
    return { day, amount: Math.max(0, amount - perDay * Math.max(0, day - lastDay)) }
  }
}
