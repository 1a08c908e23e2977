export interface LaneSchedule {
  /** So many more records wait. */
  notify(records: number): void
  /** From now on nothing waits for company. */
  flush(): void
  /** Not before so many ms. */
  pause(ms: number): void
  /** There is more than fits one round: the next one need not wait for company. */
  more(): void
  /**
   * Resolves when the next round is due, or `wake` was called; with whether records wait for it as far as is known. What was
   * notified until then counts as taken up.
   */
  due(): Promise<boolean>
  /** Ends the waiting of `due` for good. */
  wake(): void
  /** Nothing was notified since the last round began. */
  isIdle(): boolean
}

export interface LaneScheduleOptions {
  /** With so many records waiting a round is due at once. */
  batchSize: number
  /** How long the first record waits for others, in ms. */
  flushIntervalMs: number
}

/** When a lane's next round is due: larger pushes cost Loki less, so the first record waits a little for others. */
export function createLaneSchedule({ batchSize, flushIntervalMs }: LaneScheduleOptions): LaneSchedule {
  let waiting = 0
  /** At first, what an earlier process may have left. */
  let hasMore = true
  let companyUntilMs = 0
  let pauseUntilMs = 0
  let flushing = false
  let awake = false
  let again: (() => void) | undefined

  return {
    notify(records) {
      if (waiting === 0) companyUntilMs = performance.now() + flushIntervalMs
      waiting += records
      if (waiting >= batchSize) again?.()
    },
    flush() {
      flushing = true
      again?.()
    },
    pause(ms) {
      pauseUntilMs = performance.now() + ms
    },
    more() {
      companyUntilMs = 0
      hasMore = true
    },
    async due() {
      for (let ms = delayMs(); ms > 0 && !awake; ms = delayMs()) await sleep(ms)
      const areWaiting = waiting > 0 || hasMore
      waiting = 0
      hasMore = false
      return areWaiting
    },
    wake() {
      awake = true
      again?.()
    },
    isIdle: () => waiting === 0,
  }

  function delayMs(): number {
    const nowMs = performance.now()
    const company = flushing || waiting >= batchSize ? 0 : companyUntilMs - nowMs
    return Math.max(0, pauseUntilMs - nowMs, company)
  }

  async function sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    again = resolve
    await promise
    clearTimeout(timer)
    again = undefined
  }
}
