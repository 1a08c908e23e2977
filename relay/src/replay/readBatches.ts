import { createHash } from 'node:crypto'
import { Rejection } from '../decode/checkValue.ts'
import { plainRecord } from './plainRecord.ts'
import type { Line } from './readLines.ts'

export interface ReplayBatch {
  /** The first line of the wire, apart from what is set when it is sent. */
  header: { batch: string; [field: string]: unknown }
  records: { line: number; text: string }[]
  /** Line of the header, or else of the first record. */
  firstLine: number
  /** Bytes of the input up to its end. */
  endBytes: number
}

export interface BadLine {
  line: number
  reason: string
}

/** Plain records go in batches of so many lines, whatever is in them: a line that is mended moves no other batch. */
const linesPerBatch = 500
const maxBatchBytes = 1024 * 1024

/**
 * Batches of the wire format as they are, under their own ids, and plain records gathered to batches whose id is the
 * SHA-256 of their lines: so the relay knows them when the same file comes again.
 */
export async function* readBatches(
  lines: AsyncIterable<Line>,
  { bad, nowMs }: { bad(line: BadLine): void; nowMs: number },
): AsyncGenerator<ReplayBatch> {
  let wire: ReplayBatch | undefined
  let plain: PlainBatch | undefined
  let page: string | undefined
  for await (const { number, text, endBytes } of lines) {
    if (text === undefined) {
      bad({ line: number, reason: 'too_large' })
      continue
    }
    if (text.trim() === '') continue
    const value = parse(text)
    const header = isHeader(value) ? value : undefined
    if (header) {
      if (wire) yield wire
      if (plain) yield plain.finish()
      plain = undefined
      wire = { header, records: [], firstLine: number, endBytes }
    } else if (wire) {
      // The relay is the judge of these: were they changed here, they would be another batch under the same id.
      wire.records.push({ line: number, text })
      wire.endBytes = endBytes
    } else {
      page ??= `replay-${hash(text).slice(0, 16)}`
      const block = Math.floor((number - 1) / linesPerBatch)
      if (plain && (plain.block !== block || plain.bytes + text.length > maxBatchBytes)) {
        yield plain.finish()
        plain = undefined
      }
      plain ??= startPlain(block, page)
      try {
        if (value === undefined) throw new Rejection('invalid_json')
        plain.add(number, text, plainRecord(value, number, nowMs), endBytes)
      } catch (error) {
        if (!(error instanceof Rejection)) throw error
        bad({ line: number, reason: error.reason })
      }
    }
  }
  if (wire) yield wire
  if (plain) yield plain.finish()
}

interface PlainBatch {
  block: number
  bytes: number
  add(line: number, source: string, text: string, endBytes: number): void
  finish(): ReplayBatch
}

function startPlain(block: number, page: string): PlainBatch {
  // Of the lines as they stand in the file: a record without a time gets another one each time.
  const sha256 = createHash('sha256').update(`${page}\n`)
  const records: ReplayBatch['records'] = []
  let endBytes = 0
  return {
    block,
    bytes: 0,
    add(line, source, text, lineEndBytes) {
      sha256.update(`${line} ${source}\n`)
      records.push({ line, text })
      this.bytes += text.length
      endBytes = lineEndBytes
    },
    finish() {
      const batch = sha256.digest('hex').slice(0, 32)
      const header = { v: 1, batch, clockOffsetMs: 0, sdk: 'loki-beacon-relay/replay', context: { page } }
      return { header, records, firstLine: records[0]?.line ?? 0, endBytes }
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isHeader(value: unknown): value is ReplayBatch['header'] {
  const { v, batch } = Object(value) as Record<string, unknown>
  return v !== undefined && typeof batch === 'string'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
