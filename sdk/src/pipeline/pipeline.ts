import type { SerializedRecord } from '../batch.ts'
import type { DropReason, Drops } from '../drops.ts'
import { BeaconError } from '../errors.ts'
import type { Clock } from '../web/clock.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import { createTaskClock } from '../web/taskClock.ts'
import type { WireRecord } from '../wire.ts'
import { createBuffer } from './buffer.ts'
import { type RawRecord, toWireRecord } from './rawRecord.ts'
import { serialize } from './serialize.ts'
import type { Sinks } from './sinks.ts'
import { type Snapshot, snapshotInto } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { createTake, type Take, takeRepeated, takeThrown } from './take.ts'
import type { ReadTrace } from './traceContext.ts'

export interface Pipeline {
  take: Take
  /** Takes what was thrown, an Error or not, and which nobody caught. */
  takeThrown(thrown: unknown, mechanism: string, attributes?: unknown, place?: string): void
  /** Takes the record that tells of repetitions which were dropped; after `stop` too, since it is their end. */
  takeRepeated(sample: WireRecord, repeated: number): void
  /** Attributes for every record of a child logger, on top of its parent's. */
  bind(attributes: unknown, parent?: Snapshot): Snapshot
  /** Runs `work`; what it logs bears the given time. For calls that were queued before the SDK arrived. */
  backdate(wallMs: number, work: () => void): void
  /** Counts a call that could not even be read. */
  fail(cause: unknown): void
  /** Counts records that were lost before they could be taken. */
  miss(records: number): void
  /** What is taken from now on is dropped for that reason, until it is called without one. */
  refuse(reason?: DropReason): void
  /** From now on nothing is taken. */
  stop(): void
  drain(): void
  drainInSlices(): Promise<void>
  setEnding(ending: boolean): void
  /** Records taken since the start, and those of them that are neither handed on nor dropped yet. */
  counts(): { created: number; pending: number }
}

interface PipelineOptions {
  /** What each record passes, in order, before it becomes a line. */
  stages: readonly Stage[]
  readTrace?: ReadTrace | undefined
  /** Told of each line. */
  sinks?: Sinks | undefined
  /** What may wait to become lines, in characters. */
  maxChars: number
  drops: Drops
  clock: Clock
  native: NativeMethods
  append: (records: SerializedRecord[]) => void
  report: (error: BeaconError) => void
  /** Told of each Error that goes into a record; whether it is the first time. */
  note: (error: object) => boolean
}

/** The way of a record: take (snapshot) -> buffer -> the stages -> serialize -> append. */
export function createPipeline({
  stages,
  readTrace,
  sinks,
  maxChars,
  drops,
  clock,
  native,
  append,
  report,
  note,
}: PipelineOptions): Pipeline {
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
    maxChars,
    monotonicMs: clock.monotonicMs,
    native,
  })
  const now = createTaskClock(clock, native.queueMicrotask)
  let backdatedMs: number | undefined
  let created = 0
  let pending = 0
  let isStopped = false
  let refusal: DropReason | undefined
  let hasFailed = false

  return {
    take: createTake({ add, onFault: fail, note }),
    takeThrown(thrown, mechanism, attributes, place) {
      try {
        add(takeThrown(thrown, mechanism, attributes, note, place))
      } catch (cause) {
        fail(cause)
      }
    },
    takeRepeated: (sample, repeated) => add(takeRepeated(sample, repeated)),
    bind(attributes, parent) {
      const bound: Snapshot = { attributes: undefined, error: undefined, chars: 0 }
      // An Error among them is in no record yet.
      snapshotInto(bound, attributes ?? undefined, () => {})
      bound.attributes = { ...parent?.attributes, ...bound.attributes }
      bound.error ??= parent?.error
      return bound
    },
    backdate(wallMs, work) {
      backdatedMs = wallMs
      try {
        work()
      } finally {
        backdatedMs = undefined
      }
    },
    fail,
    miss(records) {
      created += records
      drops.count('buffer_overflow', records)
    },
    refuse(reason) {
      refusal = reason
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
    if (isStopped && !record.repeated) return
    try {
      record.t = backdatedMs ?? now()
      record.n = ++created
      if (refusal) {
        drops.count(refusal, 1)
        return
      }
      pending++
      if (readTrace && backdatedMs === undefined) record.trace = readTrace()
      if (sinks?.isTelling()) record.isOfSink = true
      const { level } = record.origin
      buffer.add(record, level === 'error' || level === 'fatal')
    } catch (cause) {
      if (record.n > 0) reportFault(cause)
      else fail(cause)
    }
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
      if (serialized) {
        if (!raw.isOfSink) sinks?.tell(serialized.line)
        return serialized
      }
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

  /** A fault of ours before the record was taken costs it, counted. */
  function fail(cause: unknown): void {
    reportFault(cause)
    if (isStopped) return
    created++
    drops.count('internal_error', 1)
  }

  function reportFault(cause: unknown): void {
    if (!hasFailed) report(new BeaconError('internal_error', 'A record could not be processed', { cause }))
    hasFailed = true
  }
}
