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
  /** An exception like others of the last moments: told of by the `repeated` of a later record. */
  'repeated',
  /** More records in a minute than `rateLimits.recordsPerMinute`. */
  'rate_limited',
  /** Not in the sample. */
  'sample_rate',
  /** The user did not consent, or withdrew. */
  'consent',
  /** Could not be read or serialised at all, or a fault of ours. */
  'internal_error',
] as const
export type DropReason = (typeof dropReasons)[number]
export type DropCounts = Partial<Record<DropReason, number>>

export interface Drops {
  count(reason: DropReason, records: number): void
  /** All drops of this page's records since the start, by reason. */
  total(): DropCounts
  /** Adds to what the relay is yet to be told, and to nothing else: for records of an earlier page. */
  tell(counts: DropCounts): void
  /** Hands over what the relay is yet to be told; the taker carries it there, or gives it back with `tell`. */
  takeUntold(): DropCounts | undefined
}

/** `onDrop` is the host's: what it throws is swallowed. */
export function createDrops(onDrop?: (reason: DropReason, count: number) => void): Drops {
  const totals: DropCounts = {}
  let untold: DropCounts = {}
  return {
    count(reason, records) {
      if (records <= 0) return
      add(totals, reason, records)
      add(untold, reason, records)
      try {
        onDrop?.(reason, records)
      } catch {
        // The host's fault stays the host's: a broken callback must not stop delivery.
      }
    },
    total: () => ({ ...totals }),
    tell(counts) {
      for (const reason of Object.keys(counts) as DropReason[]) add(untold, reason, counts[reason] ?? 0)
    },
    takeUntold() {
      const counts = untold
      untold = {}
      return Object.keys(counts).length ? counts : undefined
    },
  }
}

function add(counts: DropCounts, reason: DropReason, records: number): void {
  if (records > 0) counts[reason] = (counts[reason] ?? 0) + records
}
