import type { SerializedRecord } from '../batch.ts'
import type { Config } from '../config.ts'
import type { DropReason, Drops } from '../drops.ts'
import { BeaconError } from '../errors.ts'
import type { Clock } from '../web/clock.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import { createTaskClock } from '../web/taskClock.ts'
import type { Kind, Level } from '../wire.ts'
import { createBeforeSend } from './beforeSend.ts'
import { createBuffer } from './buffer.ts'
import { cut } from './cut.ts'
import { emptyRecord, type RawRecord, toWireRecord } from './rawRecord.ts'
import { serialize } from './serialize.ts'
import { type Snapshot, snapshotInto, snapshotValue } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { isError, summarize, toWireError } from './wireError.ts'

/** Takes a record: the way in for the API and for what captures by itself. `bound` is what `bind` gave. */
export type Take = (
  kind: Kind,
  level: Level,
  message: unknown,
  attributes?: unknown,
  bound?: Snapshot,
  values?: Record<string, number>,
) => void

export interface Pipeline {
  take: Take
  /** Takes what was thrown, an Error or not, and which nobody caught. */
  takeThrown(thrown: unknown, mechanism: string): void
  /** Attributes for every record of a child logger, on top of its parent's. */
  bind(attributes: unknown, parent?: Snapshot): Snapshot
  /** Runs `work`; what it logs bears the given time. For calls that were queued before the SDK arrived. */
  backdate(wallMs: number, work: () => void): void
  /** Counts records that were lost before they could be taken. */
  miss(records: number): void
  /** From now on nothing is taken. */
  stop(): void
  drain(): void
  drainInSlices(): Promise<void>
  setEnding(ending: boolean): void
  /** Records taken since the start, and those of them that are neither handed on nor dropped yet. */
  counts(): { created: number; pending: number }
}

interface PipelineOptions {
  config: Config
  drops: Drops
  clock: Clock
  native: NativeMethods
  append: (records: SerializedRecord[]) => void
  report: (error: BeaconError) => void
  /** Told of each Error that went into a record. */
  seen: (error: object) => void
}

const maxMessageChars = 8192

/** The way of a record: take (snapshot) -> buffer -> the stages -> serialize -> append. */
export function createPipeline({ config, drops, clock, native, append, report, seen }: PipelineOptions): Pipeline {
  const stages: Stage[] = []
  if (config.beforeSend) stages.push(createBeforeSend(config.beforeSend, report))

  const buffer = createBuffer({
    convert,
    append(records: SerializedRecord[]) {
      pending -= records.length
      try {
        append(records)
      } catch (cause) {
        reportFault(cause)
        drops.count('internal_error', records.length)
      }
    },
    maxChars: config.buffer.maxBytes,
    monotonicMs: clock.monotonicMs,
    native,
  })
  const taskTime = createTaskClock(clock, native.queueMicrotask)
  let now = taskTime
  let created = 0
  let pending = 0
  let isStopped = false
  let hasFailed = false

  return {
    take(kind, level, message, attributes, bound, values) {
      if (isStopped) return
      const record = emptyRecord(kind, level, bound, values)
      try {
        record.t = now()
        if (typeof message === 'string' && message.length <= maxMessageChars) record.message = message
        else takeMessage(record, message, seen)
        if (attributes !== undefined && attributes !== null) snapshotInto(record, attributes, seen)
        if (record.error !== undefined && kind === 'log') {
          record.kind = 'exception'
          record.mechanism = 'log'
        }
        add(record)
      } catch (cause) {
        fail(cause, record)
      }
    },
    takeThrown(thrown, mechanism) {
      if (isStopped) return
      const record = emptyRecord('exception', 'error')
      try {
        record.t = now()
        record.mechanism = mechanism
        record.error = toWireError(thrown, snapshotValue)
        record.message = summarize(record.error)
        add(record)
      } catch (cause) {
        fail(cause, record)
      }
    },
    bind(attributes, parent) {
      const bound: Snapshot = { attributes: undefined, error: undefined, chars: 0 }
      snapshotInto(bound, attributes, seen)
      bound.attributes = { ...parent?.attributes, ...bound.attributes }
      bound.error ??= parent?.error
      return bound
    },
    backdate(wallMs, work) {
      now = () => wallMs
      try {
        work()
      } finally {
        now = taskTime
      }
    },
    miss(records) {
      created += records
      drops.count('buffer_overflow', records)
    },
    stop() {
      isStopped = true
    },
    drain: buffer.drain,
    drainInSlices: buffer.drainInSlices,
    setEnding: buffer.setEnding,
    counts: () => ({ created, pending }),
  }

  function add(record: RawRecord): void {
    record.n = ++created
    pending++
    record.chars += record.message.length
    buffer.add(record, record.level === 'error' || record.level === 'fatal')
  }

  function convert(raw: RawRecord): SerializedRecord | undefined {
    let dropped: DropReason = 'too_large'
    try {
      let record = toWireRecord(raw)
      for (const stage of stages) {
        const result = stage(record)
        if (typeof result === 'string') return drop(result)
        record = result
      }
      const serialized = serialize(record, native.stringify)
      if (serialized) return serialized
    } catch (cause) {
      reportFault(cause)
      dropped = 'internal_error'
    }
    return drop(dropped)
  }

  function drop(reason: DropReason): undefined {
    pending--
    drops.count(reason, 1)
  }

  /** A fault of ours costs the record, counted, unless it came after the record was taken. */
  function fail(cause: unknown, record: RawRecord): void {
    reportFault(cause)
    if (record.n > 0) return
    created++
    drops.count('internal_error', 1)
  }

  function reportFault(cause: unknown): void {
    if (!hasFailed) report(new BeaconError('internal_error', 'A record could not be processed', { cause }))
    hasFailed = true
  }
}

function takeMessage(record: RawRecord, message: unknown, seen: (error: object) => void): void {
  if (isError(message)) {
    record.error = toWireError(message, snapshotValue)
    record.message = summarize(record.error)
    seen(message)
    return
  }
  const data = typeof message === 'string' ? message : snapshotValue(message)
  record.message = cut(typeof data === 'string' ? data : (JSON.stringify(data) ?? 'undefined'), maxMessageChars)
}
