import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  countEntries,
  decodeEntry,
  type Entry,
  encodeEntries,
  numberedPair,
  shareMetadata,
  splitEntries,
  timestampNs,
} from '../../relay/src/entry.ts'
import { decodeStream } from './logproto.ts'

const text = fc.string({ unit: 'binary', maxLength: 60 })
const anyEntry: fc.Arbitrary<Entry> = fc.record({
  // Beyond 32 bits too: 2106 is not the end of the world.
  seconds: fc.oneof(fc.nat(), fc.maxSafeNat()),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
  line: fc.oneof(text, fc.string({ unit: 'grapheme', maxLength: 500 })),
  metadata: fc.array(fc.tuple(text, text), { maxLength: 5 }),
})

describe('entries', () => {
  test('any entries come back as they went in, one by one', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 10 }), entries => {
        assert.deepEqual(splitEntries(encodeEntries(entries)).map(decodeEntry), entries.map(wellFormed))
      }),
    )
  })

  test("Loki's own schema reads them", () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 10 }), entries => {
        const { entries: read } = decodeStream(encodeEntries(entries))
        assert.deepEqual(read, entries.map(asLoki))
      }),
    )
  })

  test('bodies join by concatenation', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 5 }), fc.array(anyEntry, { maxLength: 5 }), (one, two) => {
        const joined = Buffer.concat([encodeEntries(one), encodeEntries(two)])
        assert.deepEqual(joined, Buffer.from(encodeEntries([...one, ...two])))
      }),
    )
  })

  test('a body is a buffer of its own, so that it can be handed to a thread', () => {
    const body = encodeEntries([{ seconds: 1, nanos: 2, line: 'x', metadata: [] }])
    assert.equal(body.byteLength, body.buffer.byteLength)
  })

  test('shared pairs are written as if they were the own of each entry', () => {
    const pairs = fc.array(fc.tuple(text, fc.string({ unit: 'binary', maxLength: 300 })), { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 5 }), pairs, (entries, common) => {
        const shared = shareMetadata(common)
        const apart = entries.map(entry => ({ ...entry, metadata: [...entry.metadata, ...common] }))
        assert.deepEqual(encodeEntries(entries.map(entry => ({ ...entry, shared }))), encodeEntries(apart))
      }),
    )
  })

  test('a numbered pair is read as if it were the first of each entry', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 5 }), text, text, fc.maxSafeNat(), (entries, name, value, first) => {
        const pair = numberedPair(name, value)
        const numbered = entries.map((entry, i) => ({ ...entry, numbered: { pair, number: Math.abs(first - i) } }))
        const apart = numbered.map(({ numbered, ...entry }) =>
          wellFormed({ ...entry, metadata: [[name, `${value}${numbered.number}`], ...entry.metadata] }),
        )
        const body = encodeEntries(numbered)
        assert.deepEqual(splitEntries(body).map(decodeEntry), apart)
        assert.deepEqual(decodeStream(body).entries, apart.map(asLoki))
      }),
    )
  })

  test('as many entries are counted as there are', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 10 }), entries => {
        assert.equal(countEntries(encodeEntries(entries)), entries.length)
      }),
    )
  })

  test('lone surrogates become replacement characters', () => {
    const [entry] = splitEntries(
      encodeEntries([{ seconds: 1, nanos: 0, line: 'a\ud800b', metadata: [['k', '\udfff']] }]),
    )
    assert.deepEqual(decodeEntry(entry!), { seconds: 1, nanos: 0, line: 'a\ufffdb', metadata: [['k', '\ufffd']] })
  })

  test('times keep their last nanosecond', () => {
    assert.equal(timestampNs({ seconds: 1_795_210_478, nanos: 963_250_007 }), 1_795_210_478_963_250_007n)
  })

  test('a time that is none is refused', () => {
    const times = [
      [-1, 0],
      [1.5, 0],
      [Number.NaN, 0],
      [2 ** 53, 0],
      [0, -1],
      [0, 1_000_000_000],
      [0, 0.5],
    ]
    for (const [seconds = 0, nanos = 0] of times)
      assert.throws(
        () => encodeEntries([{ seconds, nanos, line: '', metadata: [] }]),
        RangeError,
        `${seconds} ${nanos}`,
      )
  })

  test('bytes that are no entries are refused, never read for ever or past the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        try {
          for (const entry of splitEntries(bytes)) decodeEntry(entry)
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

function wellFormed({ seconds, nanos, line, metadata }: Entry): Entry {
  const pairs = metadata.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()])
  return { seconds, nanos, line: line.toWellFormed(), metadata: pairs }
}

/** As protobufjs makes objects of them. */
function asLoki(entry: Entry) {
  const { seconds, nanos, line, metadata } = wellFormed(entry)
  const structuredMetadata = metadata.map(([name, value]) => ({ name, value }))
  return { timestamp: { seconds, nanos }, line, structuredMetadata }
}
