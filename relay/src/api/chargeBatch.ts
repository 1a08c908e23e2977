import type { Request } from 'express'
import type { BatchSize, Charge, ChargeBatch } from '../auth/batchLimits.ts'
import type { AppConfig } from '../config.ts'
import { type LimitedDeps, refuseLimited } from './refuseLimited.ts'
import { isStored, type StoreDeps } from './storeBatch.ts'

export interface ChargeDeps extends LimitedDeps, Pick<StoreDeps, 'append'> {
  charge: ChargeBatch
}

const free: Charge = { giveBack: () => undefined }

/**
 * Counts a batch against the limits of its app, or throws `rate_limited`. One that is stored already, whose answer was
 * lost, comes through whatever is used up: it costs nothing more, and while it was held back its page might drop it as
 * too old, although it is stored.
 */
export async function chargeBatch(
  deps: ChargeDeps,
  req: Request<{ key: string }>,
  app: AppConfig,
  head: BatchSize & { id: string },
): Promise<Charge> {
  const charged = deps.charge(app, head)
  if ('giveBack' in charged) return charged
  if (await isStored(app.name, head.id, head.records, deps.append)) return free
  throw refuseLimited(deps, req, app.name, charged, head.records)
}
