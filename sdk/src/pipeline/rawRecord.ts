import type { Kind, Level, WireRecord } from '../wire.ts'
import type { Snapshot } from './snapshot.ts'
import type { Trace } from './traceContext.ts'

/** What all records of one logger method, or of one kind of capture, have in common: made once, not on every call. */
export interface Origin {
  kind: Kind
  level: Level
  /** A child logger's attributes. */
  bound?: Snapshot | undefined
  mechanism?: string | undefined
  /** W3C trace context that the record came with. */
  trace?: string | undefined
  span?: string | undefined
}

/** A record as it waits in the buffer; it becomes a `WireRecord` on the way out. */
export interface RawRecord extends Snapshot {
  n: number
  t: number
  origin: Origin
  message: string
  values: Record<string, number> | undefined
  trace?: Trace | undefined
  /** Logged by a sink. */
  isOfSink?: boolean
  /** See `WireRecord`. */
  repeated?: number
}

export function toWireRecord(raw: RawRecord): WireRecord {
  const { n, t, origin, message, values, attributes, error, repeated } = raw
  const { kind, level, bound, mechanism } = origin
  const { trace, span } = origin.trace === undefined ? (raw.trace ?? origin) : origin
  const thrown = error ?? bound?.error
  const isException = kind === 'log' && thrown !== undefined
  const record: WireRecord = {
    n,
    // Microseconds: what the relay keeps.
    t: Math.round(t * 1000) / 1000,
    kind: isException ? 'exception' : kind,
    level,
    message,
    attributes: bound?.attributes ? { ...bound.attributes, ...attributes } : attributes,
    error: thrown,
    values,
    mechanism: mechanism ?? (isException ? 'log' : undefined),
    trace,
    span,
  }
  if (repeated !== undefined) record.repeated = repeated
  return record
}
