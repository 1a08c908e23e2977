import type { Request } from 'express'
import { RelayError } from '../errors.ts'
import type { LimitName, LimitRefusal } from '../limitNames.ts'

export interface LimitedDeps {
  /** Told of each caller turned away, for the live page. */
  refused(refusal: { code: string; origin?: string; key?: string }): void
  /** Counts the request, and the records in it as far as they were looked at. */
  limited(app: string, limit: LimitName, records: number): void
}

/** Counts and shows a request that is over a limit; what it returns is the answer. */
export function refuseLimited(
  { refused, limited }: LimitedDeps,
  req: Request<{ key: string }>,
  app: string,
  { limit, retryAfterS }: LimitRefusal,
  records = 0,
): RelayError {
  limited(app, limit, records)
  refused({ code: 'rate_limited', origin: req.headers.origin, key: req.params.key })
  return new RelayError('rate_limited', { detail: limit, retryAfterS })
}
