export interface Slots {
  /** Waits for its turn; the function it resolves with gives the slot back. */
  acquire(tenant: string, app: string): Promise<() => void>
}

interface Waiting {
  tenant: string
  app: string
  start(): void
}

/**
 * Lets so many work at once, and fewer of one tenant: the first bounds the memory that pushes under way hold,
 * the second keeps room for the others while one tenant's pushes hang. The last quarter is for tenants that have none.
 *
 * Tenants take turns, and within a tenant its apps do, so that hundreds of streams of one app make no other wait for
 * more than a push or two. Whoever asks first comes first only among the streams of an app.
 */
export function createSlots(total: number, perTenant: number): Slots {
  const kept = Math.floor(total / 4)
  const taken = new Map<string, number>()
  /** When each tenant and each app had its last turn. There are as many as were ever configured. */
  const lastTurn = new Map<string, number>()
  const waiting: Waiting[] = []
  let free = total
  let turns = 0

  return {
    acquire(tenant, app) {
      const { promise, resolve } = Promise.withResolvers<() => void>()
      waiting.push({ tenant, app, start: () => resolve(() => giveBack(tenant)) })
      startNext()
      return promise
    },
  }

  function startNext(): void {
    for (let next = findNext(); next; next = findNext()) {
      const { tenant } = next
      waiting.splice(waiting.indexOf(next), 1)
      free--
      taken.set(tenant, (taken.get(tenant) ?? 0) + 1)
      lastTurn.set(tenant, ++turns)
      lastTurn.set(appKey(next), turns)
      next.start()
    }
  }

  function findNext(): Waiting | undefined {
    let next: Waiting | undefined
    if (free > 0) for (const one of waiting) if (mayStart(one.tenant) && (!next || isBefore(one, next))) next = one
    return next
  }

  function mayStart(tenant: string): boolean {
    const ofTenant = taken.get(tenant) ?? 0
    return ofTenant === 0 || (ofTenant < perTenant && free > kept)
  }

  function isBefore(a: Waiting, b: Waiting): boolean {
    return turnOf(a.tenant) < turnOf(b.tenant) || (a.tenant === b.tenant && turnOf(appKey(a)) < turnOf(appKey(b)))
  }

  function turnOf(key: string): number {
    return lastTurn.get(key) ?? 0
  }

  function giveBack(tenant: string): void {
    const rest = (taken.get(tenant) ?? 1) - 1
    if (rest > 0) taken.set(tenant, rest)
    else taken.delete(tenant)
    free++
    startNext()
  }
}

/** A tenant id holds no space, so it is never taken for one. */
function appKey({ tenant, app }: Waiting): string {
  return `${tenant} ${app}`
}
