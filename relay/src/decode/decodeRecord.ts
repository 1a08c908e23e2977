import type { Kind, Level, PositionedRecord, WireError } from '../record.ts'
import { checkAttributes, cut, isObject, maxDepth, Rejection, wellFormed } from './checkValue.ts'
import { copyExceptionFields, copyFrames } from './exceptionFields.ts'

const kinds: ReadonlySet<unknown> = new Set<Kind>(['log', 'exception', 'measurement', 'event'])
const levels: ReadonlySet<unknown> = new Set<Level>(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
const maxMechanismChars = 100
const maxErrors = 64
const traceId = /^[0-9a-f]{32}$/
const spanId = /^[0-9a-f]{16}$/

/** One line of a batch, just read as JSON, taken field by field. Throws a Rejection; unknown fields are left behind. */
export function decodeRecord(value: unknown, position: number, offsetMs: number): PositionedRecord {
  if (!isObject(value)) throw new Rejection('invalid_record')
  const { n, t, kind, level, message, mechanism, trace, span } = value
  if (!Number.isSafeInteger(n) || (n as number) < 0) throw new Rejection('invalid_record')
  if (!kinds.has(kind) || !levels.has(level)) throw new Rejection('invalid_record')
  const record: PositionedRecord = {
    position,
    n: n as number,
    timestampUs: microseconds(t, offsetMs),
    kind: kind as Kind,
    level: level as Level,
    message: text(message),
  }
  if (value.attributes !== undefined) record.attributes = checkAttributes(value.attributes)
  if (value.error !== undefined) record.error = copyError(value.error, 1, { left: maxErrors })
  if (value.values !== undefined) record.values = checkNumbers(value.values)
  if (mechanism !== undefined) record.mechanism = cut(text(mechanism), maxMechanismChars)
  if (kind === 'exception') copyExceptionFields(record, value, offsetMs)
  if (trace !== undefined && traceId.test(text(trace))) record.trace = trace as string
  if (span !== undefined && spanId.test(text(span))) record.span = span as string
  return record
}

function copyError(value: unknown, depth: number, budget: { left: number }): WireError {
  if (!isObject(value)) throw new Rejection('invalid_record')
  if (depth > maxDepth || budget.left-- <= 0) throw new Rejection('too_deep')
  const error: WireError = { type: text(value.type), message: text(value.message) }
  if (value.stack !== undefined) error.stack = text(value.stack)
  const frames = value.frames === undefined ? undefined : copyFrames(value.frames)
  if (frames) error.frames = frames
  if (value.cause !== undefined) error.cause = copyError(value.cause, depth + 1, budget)
  if (value.errors !== undefined) {
    if (!Array.isArray(value.errors)) throw new Rejection('invalid_record')
    error.errors = value.errors.map(item => copyError(item, depth + 1, budget))
  }
  if (value.properties !== undefined) error.properties = checkAttributes(value.properties)
  return error
}

function checkNumbers(value: unknown): Record<string, number> {
  const numbers = checkAttributes(value)
  for (const name in numbers) if (typeof numbers[name] !== 'number') throw new Rejection('invalid_record')
  return numbers as Record<string, number>
}

/** What is no moment in the years 1970 to 2255 as microseconds (their safe range), such as nanoseconds taken for ms, is a fault. */
function microseconds(t: unknown, offsetMs: number): number {
  const timestampUs = typeof t === 'number' ? Math.round((t + offsetMs) * 1000) : Number.NaN
  if (!Number.isSafeInteger(timestampUs) || timestampUs < 0) throw new Rejection('invalid_record')
  return timestampUs
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Rejection('invalid_record')
  return wellFormed(value)
}
