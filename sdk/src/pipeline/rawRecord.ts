import type { Kind, Level, WireRecord } from '../wire.ts'
import type { Snapshot } from './snapshot.ts'

/** What all records of one logger method, or of one kind of capture, have in common: made once, not on every call. */
export interface Origin {
  kind: Kind
  level: Level
  /** A child logger's attributes. */
  bound?: Snapshot | undefined
  mechanism?: string
  /** W3C trace context that the record came with. */
  trace?: string
  span?: string
}

/** A record as it waits in the buffer; it becomes a `WireRecord` on the way out. */
export interface RawRecord extends Snapshot {
  n: number
  t: number
  origin: Origin
  message: string
  values: Record<string, number> | undefined
}

export function toWireRecord({ n, t, origin, message, values, attributes, error }: RawRecord): WireRecord {
  const { kind, level, bound, mechanism, trace, span } = origin
  const thrown = error ?? bound?.error
  const isException = kind === 'log' && thrown !== undefined
  return {
    n,
    // Microseconds: what the relay keeps.
    t: Math.round(t * 1000) / 1000,
    kind: isException ? 'exception' : kind,
    level,
    message,
    attributes: bound?.attributes ? { ...bound.attributes, ...attributes } : attributes,
    error: thrown,
    values,
    mechanism: isException ? 'log' : mechanism,
    trace,
    span,
  }
}
