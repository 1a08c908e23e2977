import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLineReader, lineEnds } from '../../../relay/src/decode/lines.ts'

// Long enough that a few of them are more than is decoded in one go.
const longLine = fc.integer({ min: 0, max: 50_000 }).map(length => Buffer.from('ü'.repeat(length)))
const anyLine = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes.filter(byte => byte !== 10))),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map(text => Buffer.from(text.replaceAll('\n', ' '))),
  fc.constantFrom(Buffer.from([0xf0, 0x9f]), Buffer.from([0xe2, 0x80, 0xa8]), Buffer.from('\ufeff\r')),
  longLine,
)

test('each line reads as its own bytes do, in any order, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.array(anyLine, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (lines, jumps) => {
        const body = Buffer.concat([Buffer.from('header'), ...lines.flatMap(line => [Buffer.from('\n'), line])])
        const ends = lineEnds(body, 100)
        const expected = lines.map(line => line.toString('utf8'))
        // The last line end of a body is no further line.
        if (lines.at(-1)!.length === 0) expected.pop()
        const read = createLineReader(body, ends)
        assert.deepEqual(
          Array.from({ length: ends.length - 1 }, (_, position) => read(position)),
          expected,
        )
        for (const jump of expected.length > 0 ? jumps : [])
          assert.equal(read(jump % expected.length), expected[jump % expected.length])
      },
    ),
  )
})
