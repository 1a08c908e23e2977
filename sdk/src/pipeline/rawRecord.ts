import type { Kind, Level, WireRecord } from '../wire.ts'
import type { Snapshot } from './snapshot.ts'

/** A record as it waits in the buffer; it becomes a `WireRecord` on the way out. */
export interface RawRecord extends Snapshot {
  n: number
  t: number
  kind: Kind
  level: Level
  message: string
  /** A child logger's attributes, shared by all of its records. */
  bound: Snapshot | undefined
  values: Record<string, number> | undefined
  mechanism: string | undefined
}

/** What a line takes beside its texts, in characters. */
const lineChars = 80

/** Always the same keys in the same order: an engine compiles the way of a record once, for one shape of object. */
export function emptyRecord(kind: Kind, level: Level, bound?: Snapshot, values?: Record<string, number>): RawRecord {
  return {
    n: 0,
    t: 0,
    kind,
    level,
    message: '',
    attributes: undefined,
    error: bound === undefined ? undefined : bound.error,
    chars: lineChars,
    bound,
    values,
    mechanism: undefined,
  }
}

export function toWireRecord(raw: RawRecord): WireRecord {
  const { n, t, kind, level, message, bound, attributes, error, values, mechanism } = raw
  return {
    n,
    // Microseconds: what the relay keeps.
    t: Math.round(t * 1000) / 1000,
    kind,
    level,
    message,
    attributes: bound?.attributes ? { ...bound.attributes, ...attributes } : attributes,
    error,
    values,
    mechanism,
  }
}
