/**
 * The only way to discard a record: under one of these reasons, counted.
 * `created = delivered + sum(dropped by reason) + pending` holds at every moment.
 */
export const dropReasons = [
  /** `buffer.maxBytes` was reached; least severe and oldest first. */
  'buffer_overflow',
  /** Older than `buffer.maxAgeMs`. */
  'too_old',
  /** Larger than the relay takes in one record. */
  'too_large',
  /** The relay refused this record, or its whole batch as invalid. */
  'refused',
  /** `beforeSend` returned null or false. */
  'before_send',
  /** Matched `ignoreErrors`, `denyUrls` or `allowUrls`, or a default noise rule. */
  'filtered',
  /** Not in the sample. */
  'sample_rate',
  /** The user did not consent, or withdrew. */
  'consent',
  /** Could not be serialised at all, or a fault of ours. */
  'internal_error',
] as const
export type DropReason = (typeof dropReasons)[number]
export type DropCounts = Partial<Record<DropReason, number>>

export interface Drops {
  count(reason: DropReason, records: number): void
  /** All drops since the start, by reason. */
  total(): DropCounts
  /** Drops not yet told to the relay; `told` them once a batch that carried them was accepted. */
  untold(): DropCounts
  told(counts: DropCounts): void
}

/** `onDrop` is the host's: it is called outside of our own work, and what it throws is swallowed. */
export function createDrops(onDrop?: (reason: DropReason, count: number) => void): Drops {
  const totals: DropCounts = {}
  const pending: DropCounts = {}
  return {
    count(reason, records) {
      if (records <= 0) return
      totals[reason] = (totals[reason] ?? 0) + records
      pending[reason] = (pending[reason] ?? 0) + records
      try {
        onDrop?.(reason, records)
      } catch {
        // The host's fault stays the host's: a broken callback must not stop delivery.
      }
    },
    total: () => ({ ...totals }),
    untold: () => ({ ...pending }),
    told(counts) {
      for (const reason of Object.keys(counts) as DropReason[]) {
        const rest = (pending[reason] ?? 0) - (counts[reason] ?? 0)
        if (rest > 0) pending[reason] = rest
        else delete pending[reason]
      }
    },
  }
}
