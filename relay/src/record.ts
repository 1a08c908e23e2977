import type { Level, WireContext, WireRecord } from 'loki-beacon/wire'
import type { EncodedEntry } from './entry.ts'

/** The shapes of the wire that outlive decoding, for the stages after it. */
export type {
  Kind,
  Level,
  WireAttributes,
  WireBreadcrumb,
  WireContext,
  WireError,
  WireFrame,
  WireValue,
} from 'loki-beacon/wire'

/** One record after decoding: known fields only, each checked; the one shape that every later stage sees. */
export interface RelayRecord extends Omit<WireRecord, 't'> {
  /** Event time on the relay's clock, in whole microseconds since the epoch. */
  timestampUs: number
}

/** One batch after decoding. `records` and `rejected` together are all of its lines. */
export interface RelayBatch {
  id: string
  receivedAtMs: number
  context: WireContext
  /** Drops that the page reports, by reason. */
  drops: Record<string, number>
  records: PositionedRecord[]
  rejected: RejectedLine[]
  /** Number of record lines, good and bad: the batch's length on the wire. */
  length: number
}

/** A record and its place among the lines of its batch, from 0. */
export interface PositionedRecord extends RelayRecord {
  position: number
}

export interface RejectedLine {
  position: number
  n?: number
  reason: RejectReason
}

/** Why one record was refused while its neighbours were kept. */
export type RejectReason = 'invalid_json' | 'invalid_record' | 'too_large' | 'too_deep'

/**
 * A record in the form that Loki will get, and that nothing changes any more. Records of one batch and lane stand
 * behind one another in one body.
 */
export interface FinalRecord extends EncodedEntry {
  position: number
  stream: Stream
  level: Level
}

/** What the records of one app and one stream in Loki have in common. */
export interface Stream {
  app: string
  tenant: string
  labels: Readonly<Record<string, string>>
  /** See `lane.ts`. */
  lane: string
}
