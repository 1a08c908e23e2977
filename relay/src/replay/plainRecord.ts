import { Rejection } from '../decode/checkValue.ts'
import { decodeRecord } from '../decode/decodeRecord.ts'

/** What a record of the wire may have; anything else of a plain record is an attribute. */
const wireFields = [
  'error',
  'values',
  'mechanism',
  'trace',
  'span',
  'fingerprint',
  'repeated',
  'sessionFirstError',
  'breadcrumbs',
] as const

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
const otherLevels: Record<string, string> = { warning: 'warn', err: 'error', critical: 'fatal', notice: 'info' }

/**
 * An object of a log file as a line of the wire. Throws a Rejection where it is no record.
 *
 * @param number Of its line: names the record together with the file's page id.
 */
export function plainRecord(value: unknown, number: number, nowMs: number): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Rejection('invalid_record')
  const { t, time, timestamp, kind = 'log', level = 'info', message, msg, attributes, n: _, ...rest } = value as Fields
  const record: Fields = {
    n: number,
    t: timeMs(t ?? time ?? timestamp, nowMs),
    kind,
    level: levelName(level),
    message: message ?? msg,
  }
  for (const name of wireFields) {
    if (rest[name] !== undefined && fits(name, rest[name])) {
      record[name] = rest[name]
      delete rest[name]
    }
  }
  record.attributes = { ...rest, ...(attributes as Fields | undefined) }
  if (typeof attributes !== 'object' && attributes !== undefined) throw new Rejection('invalid_record')
  decodeRecord(record, 0, 0)
  return JSON.stringify(record)
}

type Fields = Record<string, unknown>

/** Many loggers write an error as a text, and `values` of their own: those are attributes like any other. */
function fits(name: (typeof wireFields)[number], value: unknown): boolean {
  if (name === 'error') return typeof (value as { type?: unknown } | null)?.type === 'string'
  if (name === 'values') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return true
}

/** Milliseconds, or a text as of ISO 8601. Without a time it is that of the replay. */
function timeMs(time: unknown, nowMs: number): unknown {
  if (time === undefined) return nowMs
  return typeof time === 'string' ? Date.parse(time) : time
}

/** By name, or by pino's number (https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object). */
function levelName(level: unknown): unknown {
  if (typeof level === 'number') return levels[Math.round(level / 10) - 1]
  const name = String(level).toLowerCase()
  return otherLevels[name] ?? name
}
