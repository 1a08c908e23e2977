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
  metadata: readonly (readonly [name: string, value: string])[]
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

/** Entries as one body, in the order given. Lone surrogates become U+FFFD. Throws a RangeError for a time that is none. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const sizes: EntrySizes[] = []
  let total = 0
  for (const entry of entries) {
    const size = measure(entry)
    sizes.push(size)
    total += 1 + varintSize(size.entry) + size.entry
  }
  const body = Buffer.allocUnsafeSlow(total)
  let at = 0
  for (const [i, entry] of entries.entries()) at = writeEntry(body, at, entry, sizes[i]!)
  return body
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

interface EntrySizes {
  entry: number
  timestamp: number
  line: number
  /** Name, value, name, value, ... */
  texts: number[]
}

function measure({ seconds, nanos, line, metadata }: Entry): EntrySizes {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError('seconds must be a whole number from 0')
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) throw new RangeError('nanos must be 0 to 999999999')
  const timestamp = 1 + varintSize(seconds) + 1 + varintSize(nanos)
  const lineBytes = Buffer.byteLength(line)
  let entry = fieldSize(timestamp) + fieldSize(lineBytes)
  const texts: number[] = []
  for (const [name, value] of metadata) {
    const nameBytes = Buffer.byteLength(name)
    const valueBytes = Buffer.byteLength(value)
    texts.push(nameBytes, valueBytes)
    entry += fieldSize(fieldSize(nameBytes) + fieldSize(valueBytes))
  }
  return { entry, timestamp, line: lineBytes, texts }
}

function writeEntry(body: Buffer, start: number, entry: Entry, sizes: EntrySizes): number {
  let at = writeHead(body, start, entryTag, sizes.entry)
  at = writeHead(body, at, timestampTag, sizes.timestamp)
  at = writeHead(body, at, secondsTag, entry.seconds)
  at = writeHead(body, at, nanosTag, entry.nanos)
  at = writeText(body, at, lineTag, entry.line, sizes.line)
  for (const [i, [name, value]] of entry.metadata.entries()) {
    const nameBytes = sizes.texts[2 * i]!
    const valueBytes = sizes.texts[2 * i + 1]!
    at = writeHead(body, at, metadataTag, fieldSize(nameBytes) + fieldSize(valueBytes))
    at = writeText(body, at, nameTag, name, nameBytes)
    at = writeText(body, at, valueTag, value, valueBytes)
  }
  return at
}

function writeText(body: Buffer, start: number, tag: number, text: string, bytes: number): number {
  const at = writeHead(body, start, tag, bytes)
  body.write(text, at, bytes, 'utf8')
  return at + bytes
}

/** A tag and its varint: a length, or the number itself. Division, because seconds pass 32 bits in 2106. */
function writeHead(body: Buffer, start: number, tag: number, value: number): number {
  let at = start
  let rest = value
  body[at++] = tag
  while (rest > 127) {
    body[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  body[at++] = rest
  return at
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
