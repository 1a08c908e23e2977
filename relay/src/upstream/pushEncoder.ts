// Protobuf tags: field number << 3 | wire type.
const streamTag = 0x0a
const labelsTag = 0x0a

/**
 * One stream as the body of a push: a `PushRequest` of Loki in a snappy block.
 *
 * The block is a single literal, which is snappy without compression. Loki takes it like any other
 * (https://github.com/google/snappy/blob/main/format_description.txt), it costs a fortieth of compressing,
 * and the relay stands next to Loki, where bytes are cheap.
 *
 * @param bodies Runs of encoded entries, see `entry.ts`.
 */
export function encodePush(labels: string, bodies: readonly Uint8Array[]): Buffer {
  const labelBytes = Buffer.from(labels)
  const entriesLength = bodies.reduce((sum, body) => sum + body.byteLength, 0)
  const labelsHead = [labelsTag, ...varint(labelBytes.length)]
  const streamLength = labelsHead.length + labelBytes.length + entriesLength
  const streamHead = [streamTag, ...varint(streamLength)]
  const length = streamHead.length + streamLength
  const head = [...varint(length), ...literalHead(length), ...streamHead, ...labelsHead]
  return Buffer.concat([Uint8Array.from(head), labelBytes, ...bodies])
}

/** Tag and length of a literal of any size: 63 says that four bytes with the length less one follow. */
function literalHead(length: number): number[] {
  const rest = length - 1
  return [63 << 2, rest & 255, (rest >> 8) & 255, (rest >> 16) & 255, (rest >> 24) & 255]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return bytes
}
