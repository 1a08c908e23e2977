import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { waitFor } from '../../support/waitFor.ts'
import { numbered, samplePart } from './sampleParts.ts'
import { type Step, startScriptedLoki } from './scriptedLoki.ts'
import { lane, shipping } from './shipping.ts'

const ofStream = 'for stream \'{app="shop"}\''
const isBad = (line: string) => line === 'a 5'
const butBad = ({ line }: { line: string }) => !isBad(line)

/** What Loki answers, and stores all the same. */
const answers: Record<string, [name: string, answer: Step][]> = {
  'pushes the same again, without a look': [['no ring yet', { status: 500, text: 'empty ring' }]],
  'first asks what is stored': [
    ['timeout', { instead: 'hang' }],
    ['reset', { instead: 'reset', store: true }],
    ['500', { status: 500, text: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded' }],
    ['502', { status: 502, store: true }],
    ['503', { status: 503 }],
    ['504', { status: 504, store: true }],
    ['499', { status: 499 }],
    ['408', { status: 408 }],
  ],
  'pushes less at once, later': [
    [
      'rate of the tenant',
      { status: 429, text: 'ingestion rate limit exceeded for user a (limit: 4194304 bytes/sec)' },
    ],
    ['rate of the stream', { status: 429, text: `Per stream rate limit exceeded (limit: 3MB/sec) ${ofStream}` }],
    ['too many streams', { status: 429, text: 'maximum active stream limit exceeded when trying to create stream' }],
  ],
  'pushes both halves at once': [
    ['413', { status: 413, text: 'request body too large' }],
    [
      'too large for gRPC',
      { status: 500, text: 'ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)' },
    ],
  ],
  'sets the culprit aside': [
    ['too old', { status: 400, text: `entry ${ofStream} has timestamp too old: 2020`, store: butBad }],
    ['too new', { status: 400, text: `entry ${ofStream} has timestamp too new: 2099`, store: butBad }],
    ['too long', { status: 400, text: `max entry size '1000' bytes exceeded ${ofStream}`, store: butBad }],
    ['metadata', { status: 400, text: "has structured metadata too large: '9' bytes, limit: '5'", store: butBad }],
    ['too far behind', { status: 400, text: "ignored, reason: 'entry too far behind, …'", store: butBad }],
    ['no JSON', { status: 400, text: 'unexpected end of something' }],
    ['422', { status: 422, text: 'error at least one valid stream is required for ingestion' }],
    ['metadata name', { status: 500, text: 'rpc error: code = Unknown desc = label name is empty' }],
    ['other metadata name', { status: 500, text: 'label name "-" resulted in invalid name "_"' }],
  ],
  'waits for an operator': [
    ['no leave', { status: 401, text: 'no org id' }],
    ['forbidden', { status: 403 }],
    ['wrong path', { status: 404, text: '404 page not found' }],
    ['bad tenant', { status: 400, text: "tenant ID 'a/b' contains unsupported character '/'" }],
    ['blocked tenant', { status: 260, text: "ingestion blocked for user 'a'" }],
    ['200 is not 204', { status: 200 }],
    ['label', { status: 400, text: "couldn't parse labels: 1:3: parse error" }],
  ],
}

for (const [what, rows] of Object.entries(answers))
  describe(`the relay ${what}`, () => {
    for (const [name, answer] of rows)
      test(`${name}: ${answer.instead ?? answer.status} ${answer.text?.slice(0, 60) ?? ''}`, async t => {
        const loki = await startScriptedLoki(t)
        const { append, start, untilEmpty, counts, spool } = await shipping(t, loki.url)
        const poisons = what.startsWith('sets')
        if (poisons) loki.always(({ lines }) => (lines.some(isBad) ? answer : {}))
        else if (what.startsWith('waits')) loki.always(() => answer)
        else loki.script(answer)
        const shipper = start({ timeoutMs: answer.instead === 'hang' ? 150 : 5000, batchSize: 10 })
        shipper.notify(await append(samplePart(lane, numbered('a', 10))))
        if (what.startsWith('waits')) {
          await waitFor(() => shipper.lanes()[0]?.state === 'stopped', { timeoutMs: 5000, what: 'the lane to stop' })
          assert.equal((await spool().stats()).records, 10)
          assert.deepEqual(loki.stored(), [])
          loki.always(() => ({}))
        }
        await untilEmpty()
        const sizes = loki.pushes.map(({ lines }) => lines.length)
        const wanted = numbered('a', 10).filter(line => !poisons || !isBad(line))
        assert.deepEqual(loki.stored().sort(), wanted.sort(), 'each once')
        assert.deepEqual(counts, { ...counts, stored: wanted.length, quarantined: 10 - wanted.length, unchecked: 0 })
        switch (what) {
          case 'pushes the same again, without a look':
            assert.deepEqual([sizes, loki.queries()], [[10, 10], 0])
            break
          case 'first asks what is stored':
            assert.deepEqual([sizes, loki.queries()], answer.store ? [[10], 1] : [[10, 10], 2])
            break
          case 'pushes less at once, later':
            assert.ok(sizes.length > 2 && sizes.slice(1).every(size => size < 10), `${sizes}`)
            break
          case 'pushes both halves at once':
            assert.deepEqual(sizes, [10, 5, 5])
            break
        }
      })
  })
