/** Reads protobuf from the bytes of entries, one after the other. Throws a RangeError where they are cut short. */
export function createReader(bytes: Uint8Array) {
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
