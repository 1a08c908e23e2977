import { createReader } from './entryReader.ts'

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

// Protobuf tags: field number << 3 | wire type.
const entryTag = 0x12
const timestampTag = 0x0a
const lineTag = 0x12
const metadataTag = 0x1a
const secondsTag = 0x08
const nanosTag = 0x10
const nameTag = 0x0a
const valueTag = 0x12

/** Up to this length a loop is quicker than a call into native code. */
const shortTextChars = 48
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const maxBytesPerChar = 3
/** More than the tags, lengths and the time of an entry need. */
const frameBytes = 48
const pairFrameBytes = 16

/**
 * Lengths that are known only once their text is written, so this many bytes are left for them: a varint may be padded
 * (https://protobuf.dev/programming-guides/encoding/#varints). To measure the text before would take as long as to write it.
 */
const paddedBytes = 3
const maxPadded = 2 ** (7 * paddedBytes) - 1

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

/** The entries of a body, each still encoded and a body by itself; they share the memory of `body`. */
export function splitEntries(body: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  const reader = createReader(body)
  while (reader.at < body.length) {
    const start = reader.at
    if (reader.byte() !== entryTag) throw new RangeError('not a run of entries')
    reader.skip(reader.varint())
    entries.push(body.subarray(start, reader.at))
  }
  return entries
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

/** Where the next byte goes. */
interface Writer {
  body: Buffer
  at: number
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

function sizeBound({ line, metadata, shared }: Entry): number {
  return frameBytes + line.length * maxBytesPerChar + pairsBound(metadata) + (shared ? shared.bytes.byteLength : 0)
}

function pairsBound(pairs: MetadataPairs): number {
  let bytes = 0
  for (const [name, value] of pairs) bytes += pairFrameBytes + (name.length + value.length) * maxBytesPerChar
  return bytes
}

function writeEntry(to: Writer, { seconds, nanos, line, metadata, shared }: Entry): void {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError('seconds must be a whole number from 0')
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) throw new RangeError('nanos must be 0 to 999999999')
  const start = begin(to, entryTag)
  writeHead(to, timestampTag, 2 + varintSize(seconds) + varintSize(nanos))
  writeHead(to, secondsTag, seconds)
  writeHead(to, nanosTag, nanos)
  const lineStart = begin(to, lineTag)
  to.at += to.body.write(line, to.at)
  end(to, lineStart)
  writeMetadata(to, metadata)
  if (shared) {
    to.body.set(shared.bytes, to.at)
    to.at += shared.bytes.byteLength
  }
  end(to, start)
}

function writeMetadata(to: Writer, pairs: MetadataPairs): void {
  for (const [name, value] of pairs) {
    const start = begin(to, metadataTag)
    writeText(to, nameTag, name)
    writeText(to, valueTag, value)
    end(to, start)
  }
}

/** A field whose length `end` will fill in; returns where it begins. */
function begin(to: Writer, tag: number): number {
  to.body[to.at] = tag
  to.at += 1 + paddedBytes
  return to.at
}

function end({ body, at }: Writer, start: number): void {
  const bytes = at - start
  if (bytes > maxPadded) throw new RangeError('an entry is larger than 2 MiB')
  body[start - 3] = (bytes & 127) | 128
  body[start - 2] = ((bytes >> 7) & 127) | 128
  body[start - 1] = bytes >> 14
}

function writeText(to: Writer, tag: number, text: string): void {
  if (writeShortAscii(to, tag, text)) return
  writeHead(to, tag, Buffer.byteLength(text))
  to.at += to.body.write(text, to.at)
}

/** False, and nothing that counts is written, where the text is longer or not ASCII. */
function writeShortAscii(to: Writer, tag: number, text: string): boolean {
  const { length } = text
  if (length > shortTextChars) return false
  const { body } = to
  const start = to.at + 2
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) return false
    body[start + i] = code
  }
  body[to.at] = tag
  body[to.at + 1] = length
  to.at = start + length
  return true
}

/** A tag and its varint: a length, or the number itself. Division, because seconds pass 32 bits in 2106. */
function writeHead(to: Writer, tag: number, value: number): void {
  const { body } = to
  let { at } = to
  let rest = value
  body[at++] = tag
  while (rest > 127) {
    body[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  body[at++] = rest
  to.at = at
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}
