import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Batch } from '../../sdk/src/batch.ts'
import { createDrops } from '../../sdk/src/drops.ts'
import { serialize } from '../../sdk/src/pipeline/serialize.ts'
import { createBacklog } from '../../sdk/src/queue/backlog.ts'
import { compress } from '../../sdk/src/transport/compress.ts'
import { encode } from '../../sdk/src/transport/encode.ts'
import type { WireRecord } from '../../sdk/src/wire.ts'
import { type SourceRelay, send, startSourceRelay } from '../relay/api/sourceRelay.ts'

interface Bounds {
  maxRecords: number
  maxBytes: number
  bufferBytes: number
}

const megabyte = 1024 * 1024
const byDefault: Bounds = { maxRecords: 1000, maxBytes: 30_720, bufferBytes: 5 * megabyte }
const asManyAtOnce: Bounds = { maxRecords: 10_000, maxBytes: megabyte, bufferBytes: 5 * megabyte }
/** Nearly all that the relay inflates at all. */
const asLargeAsCanBe: Bounds = { maxRecords: 10_000, maxBytes: megabyte, bufferBytes: 62 * megabyte }

const stack = Array.from({ length: 160 }, (_, i) => `    at f${i} (https://shop.example/${i * 7919}.js:1:${i})`).join(
  '\n',
)
const kinds: [what: string, count: number, more: Partial<WireRecord>][] = [
  ['10,000 equal logs', 10_000, { message: 'the cart could not be loaded' }],
  ['10,000 equal logs of 600 characters', 10_000, { message: stack.slice(0, 600) }],
  ['900 equal stacks of 8 KB', 900, { kind: 'exception', level: 'error', error: { type: 'E', message: 'x', stack } }],
]

/** They are the densest that honest pages send; what is too dense for the relay would come again in halves. */
describe('equal records of a loop arrive in the batches that the SDK made of them', () => {
  let relay: SourceRelay
  before(async () => {
    relay = await startSourceRelay()
  })
  after(() => relay.stop())

  for (const [what, count, more] of kinds)
    for (const [how, bounds] of Object.entries({ byDefault, asManyAtOnce, asLargeAsCanBe }))
      test(`${what}, batches ${how}`, async () => {
        let accepted = 0
        for (const batch of gather(count, more, bounds)) {
          const body = await compress(encode(batch, Date.now(), undefined, JSON.stringify))
          const answer = await send(relay, { body: typeof body === 'string' ? body : Buffer.from(body) })
          assert.equal(answer.status, 202, `${batch.bytes} bytes`)
          accepted += answer.json.accepted
        }
        assert.equal(accepted, count)
      })
})

function gather(count: number, more: Partial<WireRecord>, { maxRecords, maxBytes, bufferBytes }: Bounds): Batch[] {
  const batches = new Map<string, Batch>()
  const backlog = createBacklog({
    config: {
      batch: { maxRecords, maxBytes, flushIntervalMs: 1000 },
      buffer: { persistence: 'memory', maxBytes: bufferBytes, maxAgeMs: 1000, whenFull: 'drop-oldest' },
    },
    newBatch(context) {
      const id = crypto.randomUUID().replaceAll('-', '')
      const header = `{"context":${context}}`
      return { v: 1, id, createdAtMs: 0, header, lines: '', count: 0, bytes: 0, severity: 0 }
    },
    wallMs: () => 0,
    drops: createDrops(),
    writer: {
      put: batch => batches.set(batch.id, batch),
      remove() {},
      writeAll() {},
      isLeaving: () => false,
      unwritten: () => [],
      hold() {},
      resume() {},
    },
  })
  const t = Date.now() - 1000
  const records = Array.from({ length: count }, (_, n) =>
    serialize({ n, t, kind: 'log', level: 'info', message: 'x', ...more }, JSON.stringify),
  )
  backlog.append(
    records.map(record => record!),
    '{"page":"p"}',
  )
  backlog.close()
  return [...batches.values()]
}
