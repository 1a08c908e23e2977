import type { Level } from './wire.ts'

/** A record in wire form: serialised once, and from then on only carried. */
export interface SerializedRecord {
  /** One {@link WireRecord} as JSON, without a line end. */
  line: string
  /** UTF-8 length of `line`. */
  bytes: number
  level: Level
}

/** What the delivery side (`startDelivery.ts`) does for the rest of the SDK. No method throws or rejects. */
export interface Delivery {
  /** Takes records over: from here on each is delivered, pending or counted as dropped. */
  append(records: readonly SerializedRecord[]): void
  /** The page is being hidden, frozen or left: beacons what is unacknowledged and fits, synchronously. */
  exit(): void
  /** The page is visible again, perhaps out of the back/forward cache. */
  resume(): void
  /** Resolves once everything appended so far was delivered or dropped (`true`), or sending has failed for now (`false`). */
  flush(): Promise<boolean>
  /** Flushes, then releases storage, locks and timers. */
  close(): Promise<void>
  stats(): DeliveryStats
}

export interface DeliveryStats {
  delivered: number
  /** Records of this page that wait in memory or on the device. */
  pending: number
  /** Their UTF-8 bytes. */
  bytes: number
  breaker: 'closed' | 'open' | 'half-open'
  /** Where batches wait: `memory` also where IndexedDB was asked for and could not be had. */
  persistence: 'indexeddb' | 'memory' | 'none'
  /** Why delivery last failed, until it next succeeds. */
  lastError?: { code: string; message: string }
}
