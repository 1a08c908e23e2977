import { RelayError } from '../errors.ts'

const lineFeed = 0x0a
/** Bytes made text in one go: many short lines together cost less than each by itself. */
const windowBytes = 64 * 1024

/** Where each line ends, the header's first; one line end at the very end of the body is no further line. */
export function lineEnds(body: Buffer, maxLines: number): number[] {
  const length = body.at(-1) === lineFeed ? body.length - 1 : body.length
  const ends: number[] = []
  for (let at = 0; at <= length; ) {
    if (ends.length === maxLines) throw new RelayError('too_large', { detail: `more than ${maxLines - 1} records` })
    const next = body.indexOf(lineFeed, at)
    const end = next === -1 || next > length ? length : next
    ends.push(end)
    at = end + 1
  }
  return ends
}

/** Gives the text of record lines by their position; quickest from the first to the last. */
export function createLineReader(body: Buffer, ends: readonly number[]): (position: number) => string {
  let text = ''
  let at = 0
  let next = 0
  let last = 0
  return position => {
    if (position !== next || next === last) decodeFrom(position)
    next++
    // A line feed is never part of a longer UTF-8 sequence, and bad bytes do not swallow one.
    const end = text.indexOf('\n', at)
    const line = end === -1 ? text.slice(at) : text.slice(at, end)
    at = end + 1
    return line
  }

  /** As many whole lines as fit the window, at least one. */
  function decodeFrom(position: number): void {
    const start = ends[position]! + 1
    last = position + 1
    while (last < ends.length - 1 && ends[last + 1]! - start <= windowBytes) last++
    text = body.toString('utf8', start, ends[last])
    at = 0
    next = position
  }
}
