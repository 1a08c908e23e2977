const cutMark = '... [cut]'

/** A line within a limit that Loki has told, in bytes: of a JSON object its first fields, or their beginnings; else its beginning. */
export function shortenLine(line: string, maxBytes: number): string {
  const fields = parseObject(line)
  if (!fields) return cut(line, maxBytes)
  const kept: Record<string, unknown> = { truncated: true }
  for (const [name, value] of Object.entries(fields)) {
    const room = maxBytes - sizeOf({ ...kept, [name]: '' })
    if (sizeOf(value) - 2 <= room) kept[name] = value
    else if (typeof value === 'string' && room > cutMark.length) kept[name] = cutJson(value, room)
  }
  return JSON.stringify(kept)
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return
  }
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** A character may take six bytes in JSON. */
function cutJson(text: string, maxBytes: number): string {
  let chars = maxBytes - cutMark.length
  while (chars > 0 && sizeOf(text.slice(0, chars).toWellFormed()) - 2 > maxBytes - cutMark.length) chars = chars >> 1
  return text.slice(0, chars).toWellFormed() + cutMark
}

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  const end = Math.max(0, maxBytes - cutMark.length)
  // A character that is cut in two becomes U+FFFD, which is three bytes.
  return bytes.byteLength <= maxBytes ? text : bytes.toString('utf8', 0, end).replace(/\uFFFD$/, '') + cutMark
}
