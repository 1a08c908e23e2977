export interface WaitOptions {
  timeoutMs: number
  /** Pause between two looks. @defaultValue `50` */
  everyMs?: number
  /** What is waited for, as it shall read in the error: "Loki to hold 50 entries". */
  what: string
}

type Found<T> = T | undefined | false | null

/** Looks until `check` gives something truthy, and returns it. What `check` threw last is the error's cause. */
export async function waitFor<T>(check: () => Found<T> | Promise<Found<T>>, options: WaitOptions): Promise<T> {
  const { timeoutMs, everyMs = 50, what } = options
  const deadlineMs = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const found = await check()
      if (found) return found
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() >= deadlineMs) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last })
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
