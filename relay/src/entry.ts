import { createReader } from './entryReader.ts'
import { begin, end, paddedBytes, varintSize, type Writer, writeBytes, writeHead, writeText } from './entryWriter.ts'

/**
 * One log line in the form Loki takes it, and the bytes it is kept as from the 202 on.
 *
 * A body is a run of field 2 of Loki's `StreamAdapter`, one `EntryAdapter` each
 * (https://github.com/grafana/loki/blob/v3.7.8/pkg/push/push.proto), so bodies of one stream join by concatenation
 * and a retry pushes the very bytes of the first attempt: Loki takes only an exact repeat for the same entry.
 */
export interface Entry {
  /** Whole seconds since the epoch. */
  seconds: number
  /** The rest of the time: 0 to 999,999,999. */
  nanos: number
  line: string
  /** Structured metadata: valid, distinct names and non-empty values, see `process/metadata.ts`. */
  metadata: MetadataPairs
  /** More of it, behind that of its own. */
  shared?: SharedMetadata
  /** One more pair, before all others. */
  numbered?: { pair: NumberedPair; number: number }
}

export type MetadataPairs = readonly (readonly [name: string, value: string])[]

/** One encoded entry among others of a body. */
export interface EncodedEntry {
  body: Uint8Array
  start: number
  end: number
}

/** What many entries have in common is encoded once. */
export interface SharedMetadata {
  bytes: Uint8Array
}

/** A pair whose value ends with a number of each entry's own; all before that is encoded once. */
export interface NumberedPair {
  bytes: Uint8Array
  /** Where in them the value begins. */
  valueAt: number
}

// Protobuf tags: field number << 3 | wire type.
const entryTag = 0x12
const timestampTag = 0x0a
const lineTag = 0x12
const metadataTag = 0x1a
const secondsTag = 0x08
const nanosTag = 0x10
const nameTag = 0x0a
const valueTag = 0x12

/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const maxBytesPerChar = 3
/** More than the tags, lengths and the time of an entry need. */
const frameBytes = 48
const pairFrameBytes = 16
/** Of a safe integer. */
const maxDigits = 17

/** Kept for the next body, unless a large one has made it larger than this. */
const maxScratchBytes = 1024 * 1024
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Entries as one body, in the order given. Lone surrogates become U+FFFD. Throws a RangeError for a time that is none,
 * and for an entry above 2 MiB, which is ten times what Loki takes.
 * @param ends Is told where in the body each entry ends.
 */
export function encodeEntries(entries: readonly Entry[], ends?: number[]): Uint8Array {
  let maxBytes = 0
  for (const entry of entries) maxBytes += sizeBound(entry)
  const writer = { body: takeScratch(maxBytes), at: 0 }
  for (const entry of entries) {
    writeEntry(writer, entry)
    ends?.push(writer.at)
  }
  return copyOf(writer)
}

export function shareMetadata(pairs: MetadataPairs): SharedMetadata {
  const writer = { body: takeScratch(pairsBound(pairs)), at: 0 }
  writeMetadata(writer, pairs)
  return { bytes: copyOf(writer) }
}

export function numberedPair(name: string, beforeNumber: string): NumberedPair {
  const writer = { body: takeScratch(pairsBound([[name, beforeNumber]])), at: 0 }
  begin(writer, metadataTag)
  writeText(writer, nameTag, name)
  const valueAt = begin(writer, valueTag)
  writer.at += writer.body.write(beforeNumber, valueAt)
  return { bytes: copyOf(writer), valueAt }
}

/** The entries of a body, each still encoded and a body by itself; they share the memory of `body`. */
export function splitEntries(body: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  forEachEntry(body, (start, end) => entries.push(body.subarray(start, end)))
  return entries
}

export function countEntries(body: Uint8Array): number {
  let count = 0
  forEachEntry(body, () => count++)
  return count
}

function forEachEntry(body: Uint8Array, tell: (start: number, end: number) => void): void {
  const reader = createReader(body)
  while (reader.at < body.length) {
    const start = reader.at
    if (reader.byte() !== entryTag) throw new RangeError('not a run of entries')
    reader.skip(reader.varint())
    tell(start, reader.at)
  }
}

/** Reads one encoded entry, as `splitEntries` returns it. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const reader = createReader(bytes)
  if (reader.byte() !== entryTag || reader.varint() !== bytes.length - reader.at) throw new RangeError('not one entry')
  const metadata: [string, string][] = []
  const entry = { seconds: 0, nanos: 0, line: '', metadata }
  while (reader.at < bytes.length) {
    const tag = reader.byte()
    const end = reader.varint() + reader.at
    if (tag === timestampTag) {
      while (reader.at < end) entry[reader.byte() === secondsTag ? 'seconds' : 'nanos'] = reader.varint()
    } else if (tag === lineTag) {
      entry.line = reader.text(end)
    } else if (tag === metadataTag) {
      const pair: [string, string] = ['', '']
      while (reader.at < end) pair[reader.byte() === nameTag ? 0 : 1] = reader.text(reader.varint() + reader.at)
      metadata.push(pair)
    } else throw new RangeError(`unknown field ${tag >> 3} in an entry`)
  }
  return entry
}

/** An entry's time in nanoseconds since the epoch, which is more than a number holds exactly. */
export function timestampNs(entry: Pick<Entry, 'seconds' | 'nanos'>): bigint {
  return BigInt(entry.seconds) * 1_000_000_000n + BigInt(entry.nanos)
}

function takeScratch(bytes: number): Buffer {
  if (bytes <= scratch.length) return scratch
  const larger = Buffer.allocUnsafeSlow(bytes)
  if (bytes <= maxScratchBytes) scratch = larger
  return larger
}

/** In memory of its own, which a thread can be handed and which holds nothing else. */
function copyOf({ body, at }: Writer): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(at)
  body.copy(copy, 0, 0, at)
  return copy
}

function sizeBound({ line, metadata, shared, numbered }: Entry): number {
  const bytes = frameBytes + line.length * maxBytesPerChar + pairsBound(metadata)
  return bytes + (shared?.bytes.byteLength ?? 0) + (numbered ? numbered.pair.bytes.byteLength + maxDigits : 0)
}

function pairsBound(pairs: MetadataPairs): number {
  let bytes = 0
  for (const [name, value] of pairs) bytes += pairFrameBytes + (name.length + value.length) * maxBytesPerChar
  return bytes
}

function writeEntry(to: Writer, { seconds, nanos, line, metadata, shared, numbered }: Entry): void {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError('seconds must be a whole number from 0')
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) throw new RangeError('nanos must be 0 to 999999999')
  const start = begin(to, entryTag)
  writeHead(to, timestampTag, 2 + varintSize(seconds) + varintSize(nanos))
  writeHead(to, secondsTag, seconds)
  writeHead(to, nanosTag, nanos)
  const lineStart = begin(to, lineTag)
  to.at += to.body.write(line, to.at)
  end(to, lineStart)
  if (numbered) writeNumbered(to, numbered.pair, numbered.number)
  writeMetadata(to, metadata)
  if (shared) writeBytes(to, shared.bytes)
  end(to, start)
}

function writeNumbered(to: Writer, { bytes, valueAt }: NumberedPair, number: number): void {
  const { at } = to
  writeBytes(to, bytes)
  const digits = String(number)
  for (let i = 0; i < digits.length; i++) to.body[to.at++] = digits.charCodeAt(i)
  end(to, at + valueAt)
  end(to, at + 1 + paddedBytes)
}

function writeMetadata(to: Writer, pairs: MetadataPairs): void {
  for (const [name, value] of pairs) {
    const start = begin(to, metadataTag)
    writeText(to, nameTag, name)
    writeText(to, valueTag, value)
    end(to, start)
  }
}
