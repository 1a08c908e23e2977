export interface Line {
  /** From 1, as editors count. */
  number: number
  /** Absent where the line is too long to be a record. */
  text?: string
  /** Bytes of the input up to its end. */
  endBytes: number
}

const lineFeed = 0x0a

/**
 * Lines of NDJSON, one at a time, however large the input is. Node's readline also ends a line at U+2028 and at a lone
 * carriage return, the first of which JSON may hold, and keeps a line of any length in memory.
 */
export async function* readLines(input: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<Line> {
  let number = 0
  let endBytes = 0
  let kept: Buffer[] = []
  let keptBytes = 0

  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      keep(chunk.subarray(start, end))
      endBytes++
      yield line()
      start = end + 1
    }
    keep(chunk.subarray(start))
  }
  if (keptBytes > 0) yield line()

  function keep(bytes: Buffer): void {
    keptBytes += bytes.length
    endBytes += bytes.length
    if (keptBytes <= maxLineBytes) kept.push(bytes)
    else kept = []
  }

  function line(): Line {
    const text = keptBytes <= maxLineBytes ? Buffer.concat(kept).toString('utf8') : undefined
    kept = []
    keptBytes = 0
    return { number: ++number, text, endBytes }
  }
}
