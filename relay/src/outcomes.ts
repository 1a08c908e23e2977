import type { RejectReason } from './record.ts'

/**
 * `quarantined`: Loki will never take it, so it lies in the quarantine for an operator to look at.
 * `expired`: it waited for longer than the operator lets anything wait.
 * `damaged`: the disk did not keep what was stored.
 */
export type RejectedReason = RejectReason | 'quarantined' | 'expired' | 'damaged'
export const rejectedReasons = [
  'invalid_json',
  'invalid_record',
  'too_large',
  'too_deep',
  'quarantined',
  'expired',
  'damaged',
] as const satisfies readonly RejectedReason[]

/** Reasons that pages give for their own drops; any other text counts as `other`, for it becomes a metric's label. */
export const clientDropReasons = [
  'buffer_overflow',
  'too_old',
  'too_large',
  'refused',
  'before_send',
  'filtered',
  'repeated',
  'rate_limited',
  'sample_rate',
  'consent',
  'internal_error',
  'other',
] as const
type ClientDropReason = (typeof clientDropReasons)[number]

/** No page has more; a larger number is nonsense and would drown the true ones. */
const maxDropsPerReport = 1_000_000

/**
 * Every record ends in exactly one place, and here it is counted:
 * `received = stored + duplicate + sum(rejected by reason) + pending`, where pending is what the spool holds.
 */
export interface Outcomes {
  /** Records of an answered batch; each call is matched by the outcomes of the same records. */
  received(records: number): void
  /** Taken over from an earlier process: found in the spool at the start. */
  found(records: number): void
  /** Counted as rejected before, and put back to be tried again. */
  retried(records: number): void
  /** Loki has them. */
  stored(records: number): void
  duplicate(records: number): void
  rejected(reason: RejectedReason, records: number): void
  /** What a page reports to have dropped itself: outside of the equation above, since it never came here. */
  clientDropped(drops: Readonly<Record<string, number>>): void
  totals(): OutcomeTotals
}

export interface OutcomeTotals {
  received: number
  found: number
  retried: number
  stored: number
  duplicate: number
  rejected: Record<RejectedReason, number>
  clientDropped: Record<ClientDropReason, number>
}

export function createOutcomes(): Outcomes {
  const totals: OutcomeTotals = {
    received: 0,
    found: 0,
    retried: 0,
    stored: 0,
    duplicate: 0,
    rejected: zeros(rejectedReasons),
    clientDropped: zeros(clientDropReasons),
  }
  return {
    received(records) {
      totals.received += records
    },
    found(records) {
      totals.found += records
    },
    retried(records) {
      totals.retried += records
    },
    stored(records) {
      totals.stored += records
    },
    duplicate(records) {
      totals.duplicate += records
    },
    rejected(reason, records) {
      totals.rejected[reason] += records
    },
    clientDropped(drops) {
      for (const [reason, count] of Object.entries(drops)) {
        if (!Number.isInteger(count) || count <= 0) continue
        const known = clientDropReasons.find(name => name === reason) ?? 'other'
        totals.clientDropped[known] += Math.min(count, maxDropsPerReport)
      }
    },
    totals: () => structuredClone(totals),
  }
}

function zeros<T extends string>(names: readonly T[]): Record<T, number> {
  return Object.fromEntries(names.map(name => [name, 0])) as Record<T, number>
}
