/** Protobuf that is being written, and where the next byte goes. There has to be room for it. */
export interface Writer {
  body: Buffer
  at: number
}

/** Up to this length a loop is quicker than a call into native code. */
const shortTextChars = 48
/**
 * Lengths that are known only once their text is written, so this many bytes are left for them: a varint may be padded
 * (https://protobuf.dev/programming-guides/encoding/#varints). To measure the text before would take as long as to write it.
 */
export const paddedBytes = 3
const maxPadded = 2 ** (7 * paddedBytes) - 1

/** A field whose length `end` will fill in; returns where it begins. */
export function begin(to: Writer, tag: number): number {
  to.body[to.at] = tag
  to.at += 1 + paddedBytes
  return to.at
}

export function end({ body, at }: Writer, start: number): void {
  const bytes = at - start
  if (bytes > maxPadded) throw new RangeError('an entry is larger than 2 MiB')
  body[start - 3] = (bytes & 127) | 128
  body[start - 2] = ((bytes >> 7) & 127) | 128
  body[start - 1] = bytes >> 14
}

export function writeText(to: Writer, tag: number, text: string): void {
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
export function writeHead(to: Writer, tag: number, value: number): void {
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

export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

export function writeBytes(to: Writer, bytes: Uint8Array): void {
  to.body.set(bytes, to.at)
  to.at += bytes.byteLength
}
