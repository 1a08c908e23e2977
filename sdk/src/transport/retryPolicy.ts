import type { Fault, SendResult } from '../batch.ts'
import type { DropCounts } from '../drops.ts'
import type { WireAccepted, WireRefusal } from '../wire.ts'

/** The relay's answer, or that of whatever stands before it. */
export interface Answer {
  /** HTTP status, or 0 when there was none: no network, time out, blocked by CSP or CORS. */
  status: number
  /** The header `Retry-After`. */
  retryAfter?: string | null
  /** The body as JSON; undefined when it is something else. */
  body?: unknown
}

/** The relay wants another token. */
export interface RenewToken {
  outcome: 'renewToken'
}

/** A relay that asks for more is a mistake, and must not switch the page off: in ms. */
const longestRetryAfterMs = 3_600_000

/**
 * What an answer means for the batch that was sent.
 *
 * Only a 202 with the relay's own body is success: a hotel's login page answers 200 to everything.
 * What the table of the protocol does not name is kept and tried again.
 */
export function retryPolicy({ status, retryAfter, body }: Answer, nowMs: number): SendResult | RenewToken {
  const { accepted, rejected } = Object(body) as Partial<WireAccepted>
  const { code, message } = Object((body as Partial<WireRefusal>)?.error) as Partial<WireRefusal['error']>
  const fault = (faultCode: Fault['code']): Fault => ({
    code: faultCode,
    message: status
      ? `the relay answered ${status} ${message ?? ''}`
      : 'no answer from the relay, or origin_not_allowed',
  })
  if (status === 202 && typeof accepted === 'number') return { outcome: 'stored', refused: countRefused(rejected) }
  if (status === 400) return { outcome: 'drop', reason: 'refused', fault: fault('invalid_batch') }
  if (status === 413) return { outcome: 'split' }
  if (status === 401 && /^token_/.test(code ?? '')) return { outcome: 'renewToken' }
  if (status === 401) return { outcome: 'stop', fault: fault('unknown_key') }
  if (status === 403) return { outcome: 'stop', fault: fault('origin_not_allowed') }
  return {
    outcome: 'retry',
    retryAfterMs: retryAfterMs(retryAfter, nowMs),
    fault: fault(status ? 'relay_error' : 'network_error'),
  }
}

/** Seconds or an HTTP date: https://httpwg.org/specs/rfc9110.html#field.retry-after */
function retryAfterMs(header: string | null | undefined, nowMs: number): number {
  if (!header) return 0
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Math.min(Math.max(ms || 0, 0), longestRetryAfterMs)
}

function countRefused(rejected: WireAccepted['rejected'] | undefined): DropCounts {
  const counts: DropCounts = {}
  for (const refused of Array.isArray(rejected) ? rejected : []) {
    const reason = refused?.reason === 'too_large' ? 'too_large' : 'refused'
    counts[reason] = (counts[reason] ?? 0) + 1
  }
  return counts
}
