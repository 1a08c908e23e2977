import { hasFrames } from '../web/boundStack.ts'
import type { WireAttributes, WireRecord } from '../wire.ts'
import { cutRaw } from './cut.ts'
import type { Origin, RawRecord } from './rawRecord.ts'
import { maxKeys, maxTextChars, snapshotInto, snapshotValue } from './snapshot.ts'
import { isError, summarize, toWireError } from './wireError.ts'

/** Takes a record: the way in for the API and for what captures by itself. */
export type Take = (origin: Origin, message: unknown, attributes?: unknown, values?: Record<string, number>) => void

interface TakeOptions {
  /** Numbers and dates the record, and takes it over. Must not throw. */
  add: (record: RawRecord) => void
  /** Could not be taken: a fault of ours. */
  onFault: (cause: unknown) => void
  /** Told of each Error that goes into a record; whether it is the first time. */
  note: (error: object) => boolean
}

/** What a line takes beside its texts, in characters. */
const lineChars = 80

const { getPrototypeOf, prototype: plain } = Object

/**
 * Takes a call's arguments as they are at that time: a message and few plain scalars at once, all else, hostile objects
 * too, the careful way.
 *
 * The first calls of a page run before the engine compiles them, when each step and each function costs ten times as much
 * as later on. So the way of the plain record is one piece, and the engine's own copy serves for the attributes.
 */
export function createTake({ add, onFault, note }: TakeOptions): Take {
  return (origin, message, attributes, values) => {
    let copy: WireAttributes | undefined
    let keys = 0
    let chars = lineChars
    let isPlain = typeof message === 'string'
    try {
      if (isPlain && attributes !== undefined && attributes !== null) {
        isPlain = getPrototypeOf(attributes) === plain
        copy = isPlain ? { ...attributes } : undefined
        for (const key in copy) {
          const value = copy[key]
          keys++
          chars += key.length
          if (typeof value === 'string') chars += value.length
          else if (typeof value === 'number')
            // NaN and the infinities are no JSON.
            isPlain &&= value - value === 0
          else if (typeof value !== 'boolean' && value !== null) isPlain = false
        }
      }
    } catch {
      // A getter or a proxy.
      isPlain = false
    }
    if (isPlain) chars += (message as string).length
    if (isPlain && keys <= maxKeys && chars <= maxTextChars)
      add({ n: 0, t: 0, origin, message: message as string, attributes: copy, error: undefined, values, chars })
    else takeCarefully(origin, message, attributes, values)
  }

  function takeCarefully(origin: Origin, message: unknown, attributes: unknown, values?: Record<string, number>): void {
    const record = emptyRecord(origin, values)
    try {
      const isNew = takeMessage(record, message)
      if (attributes !== undefined && attributes !== null) snapshotInto(record, attributes, note)
      // A second time it says nothing new by itself, and is left out as one that is thrown after it was logged.
      if (!isNew && Object.keys(record.attributes ?? {}).length === 0) return
    } catch (cause) {
      onFault(cause)
      return
    }
    add(record)
  }

  /** False for an Error that is in a record already. */
  function takeMessage(record: RawRecord, message: unknown): boolean {
    let isNew = true
    if (isError(message)) {
      record.error = toWireError(message, snapshotValue)
      record.message = summarize(record.error)
      isNew = note(message)
    } else {
      const data = typeof message === 'string' ? message : snapshotValue(message)
      record.message = cutRaw(typeof data === 'string' ? data : (JSON.stringify(data) ?? 'undefined'), maxTextChars)
    }
    record.chars += record.message.length
    return isNew
  }
}

/** What was thrown and not caught, an Error or not, as a record; `place` is a frame for what has none. */
export function takeThrown(
  thrown: unknown,
  mechanism: string,
  attributes: unknown,
  note: TakeOptions['note'],
  place?: string,
): RawRecord {
  const record = emptyRecord({ kind: 'exception', level: 'error', mechanism })
  if (attributes !== undefined && attributes !== null) snapshotInto(record, attributes, note)
  const error = toWireError(thrown, snapshotValue)
  // A text that was thrown has none, and where a script can't even be read some engines give the message alone.
  const { stack = '' } = error
  if (place && !hasFrames(stack, error.message)) error.stack = stack ? `${stack}\n${place}` : place
  record.error = error
  record.message = summarize(error)
  record.chars += record.message.length
  return record
}

/** What was dropped as a repetition, as a record that tells how often. */
export function takeRepeated(
  { level, message, mechanism, attributes, error }: WireRecord,
  repeated: number,
): RawRecord {
  return { ...emptyRecord({ kind: 'exception', level, mechanism }), message, attributes, error, repeated }
}

function emptyRecord(origin: Origin, values?: Record<string, number>): RawRecord {
  return { n: 0, t: 0, origin, message: '', attributes: undefined, error: undefined, values, chars: lineChars }
}
