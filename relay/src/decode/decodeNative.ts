import { RelayError } from '../errors.ts'
import type { Pace } from '../pace.ts'
import type { PositionedRecord, RejectedLine, RelayBatch } from '../record.ts'
import { Rejection } from './checkValue.ts'
import { type BatchHeader, decodeHeader } from './decodeHeader.ts'
import { decodeRecord } from './decodeRecord.ts'
import { createLineReader, lineEnds } from './lines.ts'

export interface DecodeOptions {
  maxRecords: number
  maxRecordBytes: number
  receivedAtMs: number
  /** Rejects where the header's token does not let the batch in: before its records are looked at. */
  checkToken?(token: unknown): Promise<void>
  pace?: Pace
  /** Asked once the header is known and before a record is looked at; what it throws refuses the batch. */
  admit?(head: BatchHead): Promise<void>
}

export interface BatchHead {
  id: string
  session?: string
  records: number
  /** Of the whole body. */
  bytes: number
}

/** Context of a page; the SDK's is well below. */
const maxHeaderBytes = 64 * 1024
/** Where tokens are wanted, a header that only its token makes too long is still read, to say so: another token mends it. */
const maxTokenHeaderBytes = 4 * maxHeaderBytes
const lineFeed = 0x0a

/**
 * A body of wire version 1 as a batch. A bad record is rejected alone, with its place and, where it can be read, its `n`.
 * Throws a RelayError, `invalid_batch` or `too_large`, where nothing of the batch can be taken.
 */
export async function decodeNative(body: Buffer, options: DecodeOptions): Promise<RelayBatch> {
  const { maxRecords, receivedAtMs, pace } = options
  const header = await readHeader(body, options)
  const ends = lineEnds(body, maxRecords + 1)
  const length = ends.length - 1
  await options.admit?.({ id: header.id, session: header.context.session, records: length, bytes: body.length })

  const readLine = createLineReader(body, ends)
  const records: PositionedRecord[] = []
  const rejected: RejectedLine[] = []
  for (let position = 0; position < length; position++) {
    const bytes = ends[position + 1]! - ends[position]! - 1
    const wait = pace?.(bytes)
    if (wait) await wait
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
  return { id, receivedAtMs, context, drops, records, rejected, length }
}

async function readHeader(body: Buffer, { receivedAtMs, checkToken }: DecodeOptions): Promise<BatchHeader> {
  const firstLineFeed = body.indexOf(lineFeed)
  const end = firstLineFeed === -1 ? body.length : firstLineFeed
  const tooLong = 'the first line is longer than 64 KB'
  if (end > (checkToken ? maxTokenHeaderBytes : maxHeaderBytes)) throw invalid(tooLong)
  const header = decodeHeader(body.toString('utf8', 0, end), receivedAtMs)
  if (typeof header === 'string') throw invalid(header)
  if (checkToken) await checkToken(header.token)
  if (end > maxHeaderBytes) throw invalid(tooLong)
  return header
}

function invalid(detail: string): RelayError {
  return new RelayError('invalid_batch', { detail })
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
