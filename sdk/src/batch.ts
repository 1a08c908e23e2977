import type { DropCounts, DropReason } from './drops.ts'
import type { BeaconErrorCode } from './errors.ts'
import type { Level } from './wire.ts'

/** A record in wire form: serialised once, and from then on only carried. */
export interface SerializedRecord {
  /** One {@link WireRecord} as JSON, without a line end. */
  line: string
  /** UTF-8 length of `line`. */
  bytes: number
  level: Level
}

/**
 * Records that travel together under one id: an append-only list of lines.
 *
 * It is stored as it is. Whoever sends it again, whole or a first part of it, does no harm: the relay takes only the
 * lines that it has not seen under this id.
 */
export interface Batch extends BatchInfo {
  /** The part of the wire header that is fixed when the batch is opened, as JSON: `sdk`, `clockOffsetMs`, `context`. */
  header: string
  /** One record a line, without a last line end. */
  lines: string
  /** Drops that the page reports along with this batch. */
  drops?: DropCounts
}

/** Goes up when rows change in a way that older code can't read: it leaves those of another number alone. */
export const rowVersion = 1

/** What decides about a batch, without its content. */
export interface BatchInfo {
  /** Form of the row, {@link rowVersion}. */
  v: number
  /** UUIDv7 without dashes; what a split has cut off has its place within the whole added, in base 36. */
  id: string
  createdAtMs: number
  /** Number of records. */
  count: number
  /** UTF-8 length of the lines. */
  bytes: number
  /** The most severe record inside, as an index into `levels`. */
  severity: number
}

/** What became of one attempt to send a batch. */
export type SendResult =
  /** On the relay's disk, but for the records that it refused, by reason. */
  | { outcome: 'stored'; refused: DropCounts }
  /** Not now: not before `retryAfterMs`, which is 0 where the relay named no time. */
  | { outcome: 'retry'; retryAfterMs: number; fault: Fault }
  /** Too large for one request. */
  | { outcome: 'split' }
  /** Never: the relay can't read it. */
  | { outcome: 'drop'; reason: DropReason; fault: Fault }
  /** The relay won't have anything from this page. */
  | { outcome: 'stop'; fault: Fault }

export interface Fault {
  code: BeaconErrorCode
  message: string
}

/** Whether records may leave the page, and be kept beyond it. Pending: not yet, and they wait in memory. */
export type Consent = 'granted' | 'denied' | 'pending'

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
  /** Denied: what is on the device is removed, what waits is dropped, and so is all that comes until it is granted. */
  setConsent(consent: Consent): void
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
