import { type ChargeBatch, createBatchLimits } from './batchLimits.ts'
import { type ClientLimits, createClientLimits } from './clientLimits.ts'
import { createDayQuotas } from './dayQuotas.ts'
import { createTokenBuckets } from './tokenBuckets.ts'

export interface Limits {
  /** Its counts go on where another configuration exempts others. */
  clients(exempt: readonly string[]): ClientLimits
  charge: ChargeBatch
  /** Networks and sessions that are remembered. */
  trackedKeys(): number
}

/** Strangers choose how many of these there are: some 10 MB each in the worst case. */
const maxClients = 50_000
const maxSessions = 50_000
/** Two for each app at most, and a configuration has at most 1000 of them. */
const maxApps = 2000

/** All counters of the limits. They hold what was used; how much that may be is the app's, at each request. */
export function createLimits(): Limits {
  const clients = createTokenBuckets({ maxKeys: maxClients })
  const sessions = createTokenBuckets({ maxKeys: maxSessions })
  const apps = createTokenBuckets({ maxKeys: maxApps })
  return {
    clients: exempt => createClientLimits(clients, exempt),
    charge: createBatchLimits({ apps, sessions, quotas: createDayQuotas(Date.now) }),
    trackedKeys: () => clients.size() + sessions.size(),
  }
}
