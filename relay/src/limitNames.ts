/** Every limit that can answer 429, by the name that metrics and the answer tell. `session_` and `client_` ones are `perSession` and `perClient`. */
export const limitNames = [
  'records_per_second',
  'bytes_per_second',
  'records_per_day',
  'bytes_per_day',
  'session_records_per_second',
  'session_bytes_per_second',
  'client_requests_per_second',
  'client_bytes_per_second',
] as const
export type LimitName = (typeof limitNames)[number]

/** A limit that is used up, and when to come again. */
export interface LimitRefusal {
  limit: LimitName
  retryAfterS: number
}

/** Pages take no longer one from us; and whoever waits this long finds a limit that was raised meanwhile within the hour. */
const longestRetryAfterS = 3600

/** Whole seconds after which the wait is over for sure: at least one. */
export function retryAfterS(waitMs: number): number {
  return Math.min(longestRetryAfterS, Math.floor(waitMs / 1000) + 1)
}
