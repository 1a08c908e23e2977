import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEntry, splitEntries } from '../../../relay/src/entry.ts'
import type { LeasedPart } from '../../../relay/src/spool/spool.ts'
import {
  countBytes,
  countRecords,
  groupPieces,
  halve,
  type Piece,
  wholePart,
} from '../../../relay/src/upstream/pieces.ts'
import { numbered, samplePart } from './sampleParts.ts'

const anyParts = fc
  .array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 })
  .map(counts => counts.map((count, seq) => leased(seq, numbered(`part ${seq}`, count))))

test('pushes keep every entry in its order, and keep the limits', () => {
  const limits = fc.record({ maxRecords: fc.integer({ min: 1, max: 40 }), maxBytes: fc.integer({ min: 1, max: 3000 }) })
  fc.assert(
    fc.property(anyParts, limits, (parts, { maxRecords, maxBytes }) => {
      const groups = groupPieces(parts.map(wholePart), { maxRecords, maxBytes })
      assert.deepEqual(
        groups.flatMap(linesOf),
        parts.map(wholePart).flatMap(piece => linesOf([piece])),
      )
      for (const group of groups) {
        const records = countRecords(group)
        assert.ok(records === 1 || (records <= maxRecords && countBytes(group) <= maxBytes))
        assert.equal(records, linesOf(group).length)
      }
    }),
  )
})

test('parts that fit together go as one push, uncut', () => {
  const parts = [leased(1, ['a', 'b']), leased(2, ['c'])]
  const groups = groupPieces(parts.map(wholePart), { maxRecords: 3, maxBytes: 1e6 })
  assert.equal(groups.length, 1)
  assert.deepEqual(
    groups[0]?.map(piece => piece.body),
    parts.map(part => part.body),
  )
})

test('halves are the same entries in the same order, none of them empty', () => {
  fc.assert(
    fc.property(anyParts, parts => {
      const pieces = parts.map(wholePart)
      fc.pre(countRecords(pieces) > 1)
      const halves = halve(pieces)
      assert.deepEqual(halves.flatMap(linesOf), linesOf(pieces))
      assert.ok(halves.every(half => half.length > 0))
    }),
  )
})

function linesOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap(({ body }) => splitEntries(body).map(entry => decodeEntry(entry).line))
}

function leased(seq: number, lines: string[]): LeasedPart {
  return { ...samplePart('acme {app="shop"}', lines), seq, attempts: 0, enqueuedAtMs: 0, token: 't' }
}
