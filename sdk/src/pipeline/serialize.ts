import type { SerializedRecord } from '../batch.ts'
import { byteLength } from '../web/byteLength.ts'
import type { WireRecord } from '../wire.ts'
import { cut } from './cut.ts'

/** Largest record in UTF-8 bytes: Loki takes lines of 256 KB by default, and the relay adds to it. */
const maxRecordBytes = 200_000
/** What strings of a larger record are cut to, in characters, first try first. */
const shorterTexts = [2000, 200]

/** The record's line, its texts cut where it would be too large; undefined where even that doesn't help. */
export function serialize(record: WireRecord, stringify: typeof JSON.stringify): SerializedRecord | undefined {
  let line = wellFormed(stringify(record))
  let bytes = byteLength(line)
  for (const maxChars of shorterTexts) {
    if (bytes <= maxRecordBytes) break
    line = wellFormed(
      stringify(record, (_key, value: unknown) => (typeof value === 'string' ? cut(value, maxChars) : value)),
    )
    bytes = byteLength(line)
  }
  return bytes <= maxRecordBytes ? { line, bytes, level: record.level } : undefined
}

/**
 * JSON spells a lone surrogate as an escape, which is no Unicode once it is parsed again, and a single one can make a
 * server refuse a whole batch (https://github.com/getsentry/sentry-javascript/blob/develop/packages/core/src/logs/internal.ts).
 * Reading escape by escape, so that a backslash of the text itself is never taken for the start of one.
 */
function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json
  return json.replace(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, found => (found.length > 2 ? '\ufffd' : found))
}
