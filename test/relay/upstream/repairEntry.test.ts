import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeEntry, type Entry, encodeEntries } from '../../../relay/src/entry.ts'
import { laneName, parseLabels, splitLane } from '../../../relay/src/lane.ts'
import { repairEntry } from '../../../relay/src/upstream/repairEntry.ts'
import { shortenLine } from '../../../relay/src/upstream/shortenLine.ts'

const odd = { app: 'a "b" \\ c, d="e"\n🦊', kind: 'log' }
const lane = laneName('acme', odd)
const nowMs = Date.UTC(2026, 10, 21, 12)
const entry: Entry = { seconds: 1_795_000_000, nanos: 123_456_789, line: 'x', metadata: [['level', 'info']] }
const tooOld = 'entry has timestamp too old: …'
const tooFar = 'entry too far behind, …'

describe('an entry that Loki refuses', () => {
  test('for its time gets the time of now and keeps its own beside it', () => {
    const { repair, lane: to, entry: mended } = repaired(entry, tooOld)!
    assert.deepEqual([repair, to], ['time', lane])
    assert.deepEqual([mended.seconds, mended.nanos], [nowMs / 1000, 7789], 'the last digits stay, the place counts')
    assert.deepEqual(mended.metadata, [
      ['level', 'info'],
      ['event_time', '2026-11-18T11:06:40.123Z'],
      ['repaired', 'time'],
    ])
  })

  test('for its time leaves the stream of its hour, and keeps the time that it told first', () => {
    const told: Entry = { ...entry, metadata: [['event_time', 'then']] }
    const { lane: to, entry: mended } = repaired(told, tooOld, laneName('acme', { ...odd, late: '2026-11-18T11' }))!
    assert.equal(to, lane)
    assert.deepEqual(mended.metadata, [
      ['event_time', 'then'],
      ['repaired', 'time'],
    ])
  })

  test('because its stream has gone on goes to that of its hour, once', () => {
    const { repair, lane: to, entry: mended } = repaired(entry, tooFar)!
    assert.equal(repair, 'stream')
    assert.deepEqual(parseLabels(splitLane(to).labels), { ...odd, late: '2026-11-18T11' })
    assert.deepEqual([mended.seconds, mended.nanos], [entry.seconds, entry.nanos])
    assert.equal(repaired(entry, tooFar, to)?.repair, 'time')
  })

  test('a second time is left as it is, and so is one that nothing can be done about', () => {
    for (const reason of [tooOld, tooFar, "max entry size '5' bytes exceeded"])
      assert.equal(repaired({ ...entry, metadata: [['repaired', 'time']] }, reason), undefined)
    for (const reason of ['label name is empty', '413 request body too large', 'structured metadata', 'max entry size'])
      assert.equal(repaired(entry, reason), undefined)
  })

  test('for its metadata keeps the first that fit', () => {
    const metadata = [
      ['level', 'info'],
      ['big', 'x'.repeat(500)],
      ['small', 'y'],
    ] as const
    const fitting = repaired(
      { ...entry, metadata },
      "stream '{}' has structured metadata too large: '507' bytes, limit: '300' bytes.",
    )
    assert.deepEqual(fitting?.entry.metadata, [metadata[0], metadata[2], ['repaired', 'metadata']])
    const few = repaired(
      { ...entry, metadata },
      "stream '{}' has too many structured metadata labels: '3', limit: '2'. Please see …",
    )
    assert.deepEqual(few?.entry.metadata, [metadata[0], ['repaired', 'metadata']])
  })
})

describe('a line that is too long', () => {
  const bytes = (text: string) => Buffer.byteLength(text)

  test('stays JSON: its first fields, or their beginnings', () => {
    const line = JSON.stringify({
      message: `a "b" ${'ü'.repeat(5000)}`,
      n: 5,
      error: { stack: 'x'.repeat(5000) },
      url: 'y',
    })
    for (const limit of [200, 1000, 10_900, 16_000]) {
      const short = shortenLine(line, limit)
      assert.ok(bytes(short) <= limit, `${bytes(short)} > ${limit}`)
      const fields = JSON.parse(short)
      assert.equal(fields.truncated, true)
      assert.match(fields.message, /^a "b" ü/)
      assert.equal(fields.n, limit > 1000 ? 5 : undefined)
    }
  })

  test('that is no JSON keeps its beginning, in whole characters', () => {
    for (let limit = 20; limit < 40; limit++) {
      const short = shortenLine('🦊'.repeat(1000), limit)
      assert.ok(bytes(short) <= limit && bytes(short) > limit - 4)
      assert.match(short, /^(🦊)+\.\.\. \[cut\]$/u)
    }
  })
})

function repaired(of: Entry, reason: string, from = lane) {
  const [body] = [encodeEntries([of])]
  const result = repairEntry({ lane: from, body, reason: `400 ${reason}`, position: 7 }, nowMs)
  return result && { ...result, entry: decodeEntry(result.body) }
}
