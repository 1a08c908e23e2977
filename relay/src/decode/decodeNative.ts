import { RelayError } from '../errors.ts'
import type { Pace } from '../pace.ts'
import type { PositionedRecord, RejectedLine, RelayBatch } from '../record.ts'
import { Rejection } from './copyValue.ts'
import { decodeHeader } from './decodeHeader.ts'
import { decodeRecord } from './decodeRecord.ts'

export interface DecodeOptions {
  maxRecords: number
  maxRecordBytes: number
  receivedAtMs: number
  pace?: Pace
}

/** Context of a page; the SDK's is well below. */
const maxHeaderBytes = 64 * 1024
const lineFeed = 0x0a

/**
 * A body of wire version 1 as a batch. A bad record is rejected alone, with its place and, where it can be read, its `n`.
 * Throws a RelayError, `invalid_batch` or `too_large`, where nothing of the batch can be taken.
 */
export async function decodeNative(body: Buffer, options: DecodeOptions): Promise<RelayBatch> {
  const { maxRecords, receivedAtMs, pace } = options
  const ends = lineEnds(body, maxRecords + 1)
  const headerEnd = ends[0]!
  if (headerEnd > maxHeaderBytes)
    throw new RelayError('invalid_batch', { detail: 'the first line is longer than 64 KB' })
  const header = decodeHeader(body.toString('utf8', 0, headerEnd), receivedAtMs)
  if (typeof header === 'string') throw new RelayError('invalid_batch', { detail: header })

  const records: PositionedRecord[] = []
  const rejected: RejectedLine[] = []
  for (let position = 0; position < ends.length - 1; position++) {
    const wait = pace?.()
    if (wait) await wait
    const line = body.subarray(ends[position]! + 1, ends[position + 1])
    const result = decodeLine(line, header.offsetMs, options.maxRecordBytes)
    if ('reason' in result) rejected.push({ position, ...result })
    else records.push({ position, ...result })
  }
  const { id, context, drops } = header
  return { id, receivedAtMs, context, drops, records, rejected, length: ends.length - 1 }
}

function decodeLine(line: Buffer, offsetMs: number, maxBytes: number) {
  if (line.length > maxBytes) return { n: leadingNumber(line), reason: 'too_large' as const }
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    return { n: leadingNumber(line), reason: 'invalid_json' as const }
  }
  try {
    return decodeRecord(value, offsetMs)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return { n: ownNumber(value), reason: error.reason }
  }
}

/** Where each line ends, the header's first; one line end at the very end of the body is no further line. */
function lineEnds(body: Buffer, maxLines: number): number[] {
  const length = body.at(-1) === lineFeed ? body.length - 1 : body.length
  const ends: number[] = []
  for (let at = 0; at <= length; ) {
    if (ends.length === maxLines) throw new RelayError('too_large', { detail: `more than ${maxLines - 1} records` })
    const next = body.indexOf(lineFeed, at)
    const end = next === -1 || next > length ? length : next
    ends.push(end)
    at = end + 1
  }
  return ends
}

/** `n` of a line that is not read as a whole: the SDK writes it first. */
function leadingNumber(line: Buffer): number | undefined {
  const match = /^\{"n":(\d{1,15})[,}]/.exec(line.toString('latin1', 0, 32))
  return match ? Number(match[1]) : undefined
}

function ownNumber(value: unknown): number | undefined {
  const n = (value as { n?: unknown } | null)?.n
  return Number.isSafeInteger(n) ? (n as number) : undefined
}
