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

/**
 * Entries as one body, in the order given. Lone surrogates become U+FFFD. Throws a RangeError for a time that is none.
 * @param ends Is told where in the body each entry ends.
 */
export function encodeEntries(entries: readonly Entry[], ends?: number[]): Uint8Array {
  const sizes: number[] = []
  let total = 0
  for (const entry of entries) total += fieldSize(measure(entry, sizes))
  const body = Buffer.allocUnsafeSlow(total)
  const writer = { body, at: 0, sizes, next: 0 }
  for (const entry of entries) {
    writeEntry(writer, entry)
    ends?.push(writer.at)
  }
  return body
}

export function shareMetadata(pairs: MetadataPairs): SharedMetadata {
  const sizes: number[] = []
  const body = Buffer.allocUnsafeSlow(measureMetadata(pairs, sizes))
  writeMetadata({ body, at: 0, sizes, next: 0 }, pairs)
  return { bytes: body }
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

/** Where the next byte goes, and the sizes that were measured before, in the order in which they are needed. */
interface Writer {
  body: Buffer
  at: number
  sizes: number[]
  next: number
}

function measure({ seconds, nanos, line, metadata, shared }: Entry, sizes: number[]): number {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError('seconds must be a whole number from 0')
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) throw new RangeError('nanos must be 0 to 999999999')
  const timestamp = 1 + varintSize(seconds) + 1 + varintSize(nanos)
  const lineBytes = byteLength(line)
  const place = sizes.push(0, timestamp, lineBytes) - 3
  const ofPairs = measureMetadata(metadata, sizes) + (shared ? shared.bytes.byteLength : 0)
  const entry = fieldSize(timestamp) + fieldSize(lineBytes) + ofPairs
  sizes[place] = entry
  return entry
}

function measureMetadata(pairs: MetadataPairs, sizes: number[]): number {
  let total = 0
  for (const [name, value] of pairs) {
    const nameBytes = byteLength(name)
    const valueBytes = byteLength(value)
    const pair = fieldSize(nameBytes) + fieldSize(valueBytes)
    sizes.push(pair, nameBytes, valueBytes)
    total += fieldSize(pair)
  }
  return total
}

function writeEntry(to: Writer, { seconds, nanos, line, metadata, shared }: Entry): void {
  writeHead(to, entryTag, to.sizes[to.next++]!)
  writeHead(to, timestampTag, to.sizes[to.next++]!)
  writeHead(to, secondsTag, seconds)
  writeHead(to, nanosTag, nanos)
  writeText(to, lineTag, line)
  writeMetadata(to, metadata)
  if (!shared) return
  to.body.set(shared.bytes, to.at)
  to.at += shared.bytes.byteLength
}

function writeMetadata(to: Writer, pairs: MetadataPairs): void {
  for (const [name, value] of pairs) {
    writeHead(to, metadataTag, to.sizes[to.next++]!)
    writeText(to, nameTag, name)
    writeText(to, valueTag, value)
  }
}

function writeText(to: Writer, tag: number, text: string): void {
  const bytes = to.sizes[to.next++]!
  writeHead(to, tag, bytes)
  const { body, at } = to
  // As many bytes as UTF-16 units: it is ASCII.
  if (bytes === text.length && bytes <= shortTextChars)
    for (let i = 0; i < bytes; i++) body[at + i] = text.charCodeAt(i)
  else body.write(text, at, bytes)
  to.at += bytes
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

function byteLength(text: string): number {
  if (text.length > shortTextChars) return Buffer.byteLength(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text)
  return text.length
}

function fieldSize(bytes: number): number {
  return 1 + varintSize(bytes) + bytes
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

function createReader(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = {
    at: 0,
    byte(): number {
      const byte = buffer[reader.at++]
      if (byte === undefined) throw new RangeError('an entry is cut short')
      return byte
    },
    varint(): number {
      let value = 0
      for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
        const byte = reader.byte()
        value += (byte & 127) * scale
        if (byte < 128) return value
      }
      throw new RangeError('a number in an entry is too long')
    },
    skip(length: number): void {
      reader.at += length
      if (reader.at > buffer.length) throw new RangeError('an entry is cut short')
    },
    text(end: number): string {
      const start = reader.at
      reader.skip(end - start)
      return buffer.toString('utf8', start, end)
    },
  }
  return reader
}
