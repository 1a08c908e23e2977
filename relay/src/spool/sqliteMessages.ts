import type {
  AppendResult,
  ExpiredParts,
  LeasedPart,
  LeaseRequest,
  MoveSplit,
  QuarantinedRow,
  QuarantinePage,
  QuarantineSplit,
  SpoolBatch,
  SpoolBound,
  SpoolStats,
} from './spool.ts'
import type { UsagePage, UsageTotals } from './sqliteUsage.ts'

/** What the worker is started with. */
export interface WorkerOptions {
  dir: string
  /** Quota of the database file, in bytes. */
  maxBytes: number
  /** Appends are refused while the disk has less than this left, in bytes. */
  minFreeBytes: number
}

/** A leased part as ack, retry and quarantine name it: its lease is what counts, its body stays behind. */
export type LeaseKey = Pick<LeasedPart, 'seq' | 'token'>

export type SpoolOp =
  | { kind: 'append'; batch: SpoolBatch }
  | { kind: 'lanes' }
  | { kind: 'lease'; request: LeaseRequest }
  | { kind: 'ack'; parts: LeaseKey[] }
  | { kind: 'retry'; parts: LeaseKey[]; delayMs: number }
  | { kind: 'quarantine'; part: LeaseKey; split: QuarantineSplit }
  | { kind: 'expire'; beforeMs: number; maxParts: number }
  | { kind: 'move'; part: LeaseKey; split: MoveSplit }
  | { kind: 'quarantined'; page: QuarantinePage }
  | { kind: 'quarantinedBody'; id: number }
  | { kind: 'requeue' | 'purge'; ids: readonly number[] }
  | { kind: 'usagePage'; after: number }
  | { kind: 'stats' | 'usageTotals' }

export interface SpoolOpResults {
  append: AppendResult
  lanes: string[]
  lease: LeasedPart[]
  ack: undefined
  retry: undefined
  quarantine: undefined
  expire: ExpiredParts
  move: undefined
  quarantined: QuarantinedRow[]
  quarantinedBody: Uint8Array | undefined
  requeue: QuarantinedRow[]
  purge: QuarantinedRow[]
  stats: SpoolStats
  usagePage: UsagePage
  usageTotals: UsageTotals
}

/** One message is one transaction: the operations that gathered while the one before was being written. */
export type ToWorker = { kind: 'group'; ops: SpoolOp[] } | { kind: 'close' }

export type OpOutcome =
  | { ok: true; value: SpoolOpResults[keyof SpoolOpResults] }
  | { ok: false; full?: SpoolBound; message: string }

/**
 * The files were not as a relay leaves them. `unreadable`: what could be read is in a file of its own now.
 * `logDamaged`: the log (`spool.sqlite-wal`) of a relay that was killed breaks off in its midst; what comes behind is lost.
 * `logMissing`: that log is gone, and with it what came last.
 * `fileMissing`: the log is there without its file, and of no use.
 */
export type SpoolDamage =
  /** As far as the file still tells. */
  | { kind: 'unreadable'; keptAs: string | undefined; lostRecords: number | undefined }
  | { kind: 'logDamaged'; keptAs: string | undefined; lostTransactions: number }
  | { kind: 'logMissing' }
  | { kind: 'fileMissing'; keptAs: string }

export type FromWorker =
  /** What can be read of a damaged file of so many bytes is being copied, which may take minutes. */
  | { kind: 'salvaging'; bytes: number }
  | { kind: 'opened'; damage?: SpoolDamage }
  | { kind: 'refused'; message: string; busy: boolean }
  | { kind: 'outcomes'; outcomes: OpOutcome[] }
  | { kind: 'closed' }
