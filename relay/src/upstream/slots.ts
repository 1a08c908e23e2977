export interface Slots {
  /** Waits for its turn, first come first served; the function it resolves with gives the slot back. */
  acquire(tenant: string): Promise<() => void>
}

interface Waiting {
  tenant: string
  start(): void
}

/**
 * Lets so many work at once, and fewer of one tenant: the first bounds the memory that pushes under way hold,
 * the second keeps room for the others while one tenant's pushes hang.
 */
export function createSlots(total: number, perTenant: number): Slots {
  const taken = new Map<string, number>()
  let waiting: Waiting[] = []
  let free = total

  return {
    acquire(tenant) {
      const { promise, resolve } = Promise.withResolvers<() => void>()
      waiting.push({ tenant, start: () => resolve(() => giveBack(tenant)) })
      startNext()
      return promise
    },
  }

  function startNext(): void {
    waiting = waiting.filter(({ tenant, start }) => {
      const ofTenant = taken.get(tenant) ?? 0
      if (free === 0 || ofTenant >= perTenant) return true
      free--
      taken.set(tenant, ofTenant + 1)
      start()
      return false
    })
  }

  function giveBack(tenant: string): void {
    const rest = (taken.get(tenant) ?? 1) - 1
    if (rest > 0) taken.set(tenant, rest)
    else taken.delete(tenant)
    free++
    startNext()
  }
}
