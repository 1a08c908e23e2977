/** Loki refuses a line above 256 KiB, and counts structured metadata and its own framing elsewhere. */
export const maxLineBytes = 200 * 1024
/** Tried one after the other on a line that is too long: the longest texts give way first. */
export const textBounds: readonly number[] = [32_768, 8192, 2048, 512]
const cutMark = '... [cut]'

/** UTF-8 needs at most three bytes for a UTF-16 unit, so that short lines need no counting. */
export function fits(line: string): boolean {
  return line.length * 3 <= maxLineBytes || Buffer.byteLength(line) <= maxLineBytes
}

export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : text.slice(0, maxChars).toWellFormed() + cutMark
}
