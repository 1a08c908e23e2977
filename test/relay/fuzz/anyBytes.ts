import fc from 'fast-check'

interface Edit {
  kind: 'flip' | 'cut' | 'insert' | 'repeat' | 'end'
  /** From 0, the beginning, to 1, the end. */
  at: number
  length: number
  bytes: Uint8Array
}

const anyEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'end'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc
      .constantFrom('\r\n', '\n', '\0', '"', '{', '[', '}', ',', ':', '\\', '\\ud800', '1e999')
      .map(text => Buffer.from(text)),
  ),
})

/** The given bytes as they are, or changed in a few places. */
export function changed(bytes: fc.Arbitrary<Buffer>, maxEdits = 3): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, fc.array(anyEdit, { maxLength: maxEdits })).map(([start, edits]) => edits.reduce(apply, start))
}

function apply(bytes: Buffer, { kind, at, length, bytes: more }: Edit): Buffer {
  const place = Math.floor(at * bytes.length)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (kind === 'end') return before
  if (kind === 'insert') return Buffer.concat([before, more, after])
  if (kind === 'cut') return Buffer.concat([before, after.subarray(length)])
  if (kind === 'repeat') return Buffer.concat([before, ...Array<Buffer>(length).fill(after.subarray(0, length)), after])
  const copy = Buffer.from(bytes)
  if (place < copy.length) copy[place] = copy[place]! ^ (more[0]! || 1)
  return copy
}
