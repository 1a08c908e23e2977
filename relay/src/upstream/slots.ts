export interface Slots {
  /**
   * Waits for its turn; the function it resolves with gives the slot back. While `canWait` says so, most others of the app
   * go first.
   */
  acquire(tenant: string, app: string, canWait?: () => boolean): Promise<() => void>
}

interface Waiting {
  canWait(): boolean
  start(): void
}

interface AppQueue {
  tenant: string
  lastTurn: number
  turns: number
  /** In the order of asking. */
  waiting: Waiting[]
}

/** While others of their app wait too, those that can have one turn in so many. */
const turnsForPatient = 4

/**
 * Lets so many work at once, and fewer of one tenant: the first bounds the memory that pushes under way hold,
 * the second keeps room for the others while one tenant's pushes hang. The last quarter is for tenants that have none.
 *
 * Tenants take turns, and within a tenant its apps do, so that hundreds of streams of one app make no other wait for
 * more than a push or two. Whoever asks first comes first only among the streams of an app, in one turn of two.
 */
export function createSlots(total: number, perTenant: number): Slots {
  const kept = Math.floor(total / 4)
  const taken = new Map<string, number>()
  /** When each tenant had its last turn. There are as many as were ever configured, and likewise of apps. */
  const lastTurn = new Map<string, number>()
  const queues = new Map<string, AppQueue>()
  let free = total
  let turns = 0

  return {
    acquire(tenant, app, canWait = () => false) {
      const { promise, resolve } = Promise.withResolvers<() => void>()
      queueOf(tenant, app).waiting.push({ canWait, start: () => resolve(() => giveBack(tenant)) })
      startNext()
      return promise
    },
  }

  function queueOf(tenant: string, app: string): AppQueue {
    // A tenant id holds no space, so it is never taken for one.
    const key = `${tenant} ${app}`
    let queue = queues.get(key)
    if (!queue) {
      queue = { tenant, lastTurn: 0, turns: 0, waiting: [] }
      queues.set(key, queue)
    }
    return queue
  }

  function startNext(): void {
    for (let next = findNext(); next; next = findNext()) {
      const { tenant } = next
      free--
      taken.set(tenant, (taken.get(tenant) ?? 0) + 1)
      lastTurn.set(tenant, ++turns)
      next.lastTurn = turns
      takeNext(next).start()
    }
  }

  function findNext(): AppQueue | undefined {
    let next: AppQueue | undefined
    if (free > 0)
      for (const one of queues.values())
        if (one.waiting.length > 0 && mayStart(one.tenant) && (!next || isBefore(one, next))) next = one
    return next
  }

  function mayStart(tenant: string): boolean {
    const ofTenant = taken.get(tenant) ?? 0
    return ofTenant === 0 || (ofTenant < perTenant && free > kept)
  }

  function isBefore(a: AppQueue, b: AppQueue): boolean {
    return turnOf(a.tenant) < turnOf(b.tenant) || (a.tenant === b.tenant && a.lastTurn < b.lastTurn)
  }

  function turnOf(tenant: string): number {
    return lastTurn.get(tenant) ?? 0
  }

  function giveBack(tenant: string): void {
    const rest = (taken.get(tenant) ?? 1) - 1
    if (rest > 0) taken.set(tenant, rest)
    else taken.delete(tenant)
    free++
    startNext()
  }
}

/**
 * Of the others every second turn is for the newest: a flood of lanes delays what comes after it by a push or two, and
 * has its own turns all the same.
 */
function takeNext(queue: AppQueue): Waiting {
  const { waiting } = queue
  const turn = queue.turns++
  const isPatientsTurn = turn % turnsForPatient === 0
  const find = turn % 2 === 1 ? waiting.findLastIndex : waiting.findIndex
  const place = find.call(waiting, one => one.canWait() === isPatientsTurn)
  return waiting.splice(Math.max(place, 0), 1)[0]!
}
