/**
 * A UUIDv7 as 32 hex digits without dashes (RFC 9562, section 5.7): it starts with its time, so that ids made
 * one after the other lie side by side in an index.
 */
export function uuidv7Hex(nowMs: number): string {
  const bytes = randomBytes(10)
  bytes[0] = (bytes[0]! & 0x0f) | 0x70
  bytes[2] = (bytes[2]! & 0x3f) | 0x80
  return Math.floor(nowMs).toString(16).padStart(12, '0') + toHex(bytes)
}

/** 80 random bits as 20 hex digits. */
export function randomId(): string {
  return randomHex(10)
}

export function randomHex(bytes: number): string {
  return toHex(randomBytes(bytes))
}

/** Ids need to be unlikely to meet, not to be secret: without a crypto object `Math.random` will do. */
function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  try {
    return globalThis.crypto.getRandomValues(bytes)
  } catch {
    return bytes.map(() => Math.random() * 256)
  }
}

function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}
