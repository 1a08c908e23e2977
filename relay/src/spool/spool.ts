/**
 * Accepted means durable: what stands between the 202 to a page and Loki.
 *
 * Any engine may stand behind this interface; `test/relay/spool/conformance.ts` is what it must pass.
 */

/**
 * One batch's records for one lane, in the final form that Loki will get: `body` is a run of encoded entries
 * (see `entry.ts`), so that parts of a lane join by concatenation and are pushed verbatim for ever.
 */
export interface Part {
  /** `<tenant> <labels>`, such as `shop {app="shop", env="prod", kind="log", service_name="shop"}`: see `lane.ts`. */
  lane: string
  records: number
  body: Uint8Array
}

/** What of a batch is to be stored: the lines from position `from` up to, not including, `to`. */
export interface SpoolBatch {
  /** Owner of the batch id: ids of different apps never collide. */
  app: string
  id: string
  from: number
  to: number
  parts: Part[]
  /**
   * How much of the room that other apps leave this one may fill, from 0 to 1: so many noisy ones at once still leave
   * some. An append above it is refused, unless the app holds nothing. @defaultValue 1
   */
  maxShare?: number
}

/**
 * `stored`: durable, all parts and the id in one transaction.
 * `duplicate`: lines up to `to` or more were stored under this id before; nothing was written.
 * `overlap`: the lines before `seen` were stored before and `from` is not `seen`; nothing was written. Append again from there.
 */
export type AppendResult = { status: 'stored' } | { status: 'duplicate' } | { status: 'overlap'; seen: number }

export interface LeasedPart extends Part {
  seq: number
  /** How often this part was leased before. */
  attempts: number
  enqueuedAtMs: number
  /** Fencing token: an ack or retry with the token of an expired lease does nothing. */
  token: string
  /** What was read is not what was stored: never to be pushed. */
  damaged?: true
}

export interface LeaseRequest {
  lane: string
  maxRecords: number
  maxBytes: number
  ttlMs: number
}

export interface QuarantineSplit {
  /** Loki's words, or ours: for the operator who inspects it. */
  reason: string
  poison: Pick<Part, 'records' | 'body'>
  /** What remains of the part; absent when all of it is poison. */
  rest?: Pick<Part, 'records' | 'body'>
}

export interface ExpiredParts {
  parts: number
  recordsByApp: ReadonlyMap<string, number>
}

export interface MoveSplit {
  /** Takes the place of what is taken out: parts of their own, at the end of their lanes. */
  moved: Part[]
  /** What remains of the part; absent when nothing does. */
  rest?: Pick<Part, 'records' | 'body'>
}

/** Entries of one part that were set aside together, without their bodies. */
export interface QuarantinedRow {
  /** Counts up, and is never given again. */
  id: number
  /** When it was set aside, in ms since the epoch. */
  atMs: number
  lane: string
  app: string
  batch: string
  records: number
  /** Of the body. 0 where there was no room for it and only the fact is kept. */
  bytes: number
  reason: string
}

/** A step through the quarantine, oldest first: at most `limit` rows behind the id `after`. */
export interface QuarantinePage {
  after: number
  limit: number
}

/** What waits, leased parts included. */
export interface WaitingFigures {
  parts: number
  records: number
  bytes: number
  oldestAgeMs: number
}

export interface LaneUsage extends WaitingFigures {
  lane: string
}

export interface AppUsage extends WaitingFigures {
  app: string
}

export interface SpoolUsage {
  /** Of the store, beside bodies also what surrounds them, ids and the quarantine: what the quota is held against. */
  usedBytes: number
  /** The one that waits longest first. */
  lanes: LaneUsage[]
  /** The one that holds most first. */
  apps: AppUsage[]
  /** `bytes` are those of the bodies that are kept. */
  quarantine: { rows: number; records: number; bytes: number }
  /** Batch ids that are remembered: a batch that comes again within `oldestAgeMs` is found to be a duplicate. */
  seen: { ids: number; oldestAgeMs: number }
}

export interface SpoolStats {
  /** Parts and records waiting, leased ones included. */
  parts: number
  records: number
  bytes: number
  /** How the bytes are spread over the apps that hold any. */
  bytesByApp: ReadonlyMap<string, number>
  leased: number
  /** Age of the oldest waiting part; 0 when empty. */
  oldestAgeMs: number
  quarantinedRecords: number
  /** What the quota and the disk still leave, the lesser of the two, about: for parts, and for what surrounds them. */
  freeBytes: number
  /** False when an append would be refused. */
  writable: boolean
  /** Why it would be; absent while it would not. */
  full?: SpoolFull
}

/** Appends of different apps wait for each other as little as can be, and leases and acknowledgements for none of them. */
export interface Spool {
  /** Resolves only when durable. Rejects with SpoolFullError, or SpoolClosedError after `close()`. What is a duplicate needs no room. */
  append(batch: SpoolBatch): Promise<AppendResult>
  /** Every lane with waiting parts, the one that waits longest first. */
  lanes(): Promise<string[]>
  /** The oldest free parts of one lane, at least one if there is any, in the order they were appended. */
  lease(request: LeaseRequest): Promise<LeasedPart[]>
  /** Loki has them. Idempotent; a stale token is a no-op. */
  ack(parts: readonly LeasedPart[]): Promise<void>
  /** Gives leased parts back, to be leased again after `delayMs`. */
  retry(parts: readonly LeasedPart[], delayMs: number): Promise<void>
  /** Moves entries that Loki will never take out of their part, in one transaction; the rest of the part stays leased. */
  quarantine(part: LeasedPart, split: QuarantineSplit): Promise<void>
  /**
   * Drops the parts that were appended before `beforeMs` (ms since the epoch), the oldest first and at most `maxParts`,
   * and tells what it dropped. Their batch ids stay known. Never drops a part that was leased, now or earlier: Loki may
   * have it, and it would be both stored and dropped.
   */
  expire(beforeMs: number, maxParts: number): Promise<ExpiredParts>
  /** Takes entries out of their part and appends them in another form, in one transaction; the rest of the part stays leased. */
  move(part: LeasedPart, split: MoveSplit): Promise<void>
  /** What is in quarantine. A page shorter than its limit is the last one. */
  quarantined(page: QuarantinePage): Promise<QuarantinedRow[]>
  /** A run of encoded entries; empty where only the fact is kept, undefined where there is no such row. */
  quarantinedBody(id: number): Promise<Uint8Array | undefined>
  /**
   * Puts rows back at the end of their lanes, all in one transaction, and returns them. Ids that are not there, or of
   * which only the fact is kept, are passed over. Rejects with SpoolFullError where there is no room.
   */
  requeue(ids: readonly number[]): Promise<QuarantinedRow[]>
  /** Deletes rows for good, all in one transaction, and returns those that were there. */
  purge(ids: readonly number[]): Promise<QuarantinedRow[]>
  stats(): Promise<SpoolStats>
  /** Who and what takes room, in steps that hold nobody up. Looks at every part: for an operator who asks. */
  usage(): Promise<SpoolUsage>
  /** Settles what was appended, then releases the store. */
  close(): Promise<void>
}

/**
 * `quota`: nobody's append fits. `disk`: likewise, as the disk has no more room than is kept free there. `share`: this app
 * has used up what it may, and others can still append.
 */
export type SpoolBound = 'quota' | 'disk' | 'share'

export interface SpoolFull {
  bound: 'quota' | 'disk'
  /** For the operator: what is used up, and what to do about it. */
  reason: string
}

export class SpoolFullError extends Error {
  override name = 'SpoolFullError'
  readonly bound: SpoolBound
  constructor(message: string, bound: SpoolBound) {
    super(message)
    this.bound = bound
  }
}

/** Another process has it. */
export class SpoolBusyError extends Error {
  override name = 'SpoolBusyError'
}

export class SpoolClosedError extends Error {
  override name = 'SpoolClosedError'
}
