import { RelayError } from '../errors.ts'
import type { Pace } from '../pace.ts'
import type { PositionedRecord, RejectedLine, RelayBatch } from '../record.ts'
import { Rejection } from './checkValue.ts'
import { decodeHeader } from './decodeHeader.ts'
import { decodeRecord } from './decodeRecord.ts'
import { createLineReader, lineEnds } from './lines.ts'

export interface DecodeOptions {
  maxRecords: number
  maxRecordBytes: number
  receivedAtMs: number
  pace?: Pace
}

/** Context of a page; the SDK's is well below. */
const maxHeaderBytes = 64 * 1024

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

  const readLine = createLineReader(body, ends)
  const records: PositionedRecord[] = []
  const rejected: RejectedLine[] = []
  for (let position = 0; position < ends.length - 1; position++) {
    const wait = pace?.()
    if (wait) await wait
    const bytes = ends[position + 1]! - ends[position]! - 1
    const line = bytes <= options.maxRecordBytes ? readLine(position) : undefined
    if (line === undefined) {
      const start = body.toString('latin1', ends[position]! + 1, ends[position]! + 33)
      rejected.push({ position, n: leadingNumber(start), reason: 'too_large' })
      continue
    }
    const result = decodeLine(line, position, header.offsetMs)
    if ('reason' in result) rejected.push(result)
    else records.push(result)
  }
  const { id, context, drops } = header
  return { id, receivedAtMs, context, drops, records, rejected, length: ends.length - 1 }
}

function decodeLine(line: string, position: number, offsetMs: number): PositionedRecord | RejectedLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { position, n: leadingNumber(line), reason: 'invalid_json' }
  }
  try {
    return decodeRecord(value, position, offsetMs)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return { position, n: ownNumber(value), reason: error.reason }
  }
}

/** `n` of a line that is not read as a whole: the SDK writes it first. */
function leadingNumber(line: string): number | undefined {
  const match = /^\{"n":(\d{1,15})[,}]/.exec(line)
  return match ? Number(match[1]) : undefined
}

function ownNumber(value: unknown): number | undefined {
  const n = (value as { n?: unknown } | null)?.n
  return Number.isSafeInteger(n) ? (n as number) : undefined
}
