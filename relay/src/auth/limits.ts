import { type ChargeBatch, createBatchLimits } from './batchLimits.ts'
import { type ClientLimits, createClientLimits } from './clientLimits.ts'
import { createDayQuotas, type DayQuotas, type DayUse } from './dayQuotas.ts'
import { createTokenBuckets } from './tokenBuckets.ts'

export interface Limits {
  /** Its counts go on where another configuration exempts others. */
  clients(exempt: readonly string[]): ClientLimits
  charge: ChargeBatch
  quotas: Pick<DayQuotas, 'uses'>
  /** Networks and sessions that are remembered. */
  trackedKeys(): number
}

/** Strangers choose how many of these there are: some 10 MB each in the worst case. */
const maxClients = 50_000
const maxSessions = 50_000
/** Two for each app at most, and a configuration has at most 1000 of them. */
const maxApps = 2000

/**
 * All counters of the limits. They hold what was used; how much that may be is the app's, at each request.
 *
 * @param earlier What an earlier process has used of the quotas per day.
 */
export function createLimits(earlier?: Iterable<[key: string, DayUse]>): Limits {
  const clients = createTokenBuckets({ maxKeys: maxClients })
  const sessions = createTokenBuckets({ maxKeys: maxSessions })
  const apps = createTokenBuckets({ maxKeys: maxApps })
  const quotas = createDayQuotas(Date.now, earlier)
  return {
    clients: exempt => createClientLimits(clients, exempt),
    charge: createBatchLimits({ apps, sessions, quotas }),
    quotas,
    trackedKeys: () => clients.size() + sessions.size(),
  }
}
