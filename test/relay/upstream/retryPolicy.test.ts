import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PushResult } from '../../../relay/src/upstream/lokiClient.ts'
import { classifyPush, type PushOutcome } from '../../../relay/src/upstream/retryPolicy.ts'

const ofStream = 'for stream \'{app="shop"}\''
const partly = { partly: true }
const unsure = { unsure: true }

const answers: [status: number, text: string, kind: PushOutcome['kind'], also?: Partial<PushOutcome>][] = [
  [204, '', 'delivered'],
  [200, '', 'config'],
  [260, "ingestion blocked for user 'a' until '2030-01-01T00:00:00Z' with status code '260'", 'config'],
  [301, 'Moved Permanently', 'config'],
  [
    400,
    `entry ${ofStream} has timestamp too old: 2020-01-01T00:00:00Z, oldest acceptable timestamp is: …`,
    'poisonEntry',
    partly,
  ],
  [400, `entry ${ofStream} has timestamp too new: 2099-01-01T00:00:00Z`, 'poisonEntry', partly],
  [400, `entry for stream '{release="org id, label } \\"name"}' has timestamp too old: 2020-…`, 'poisonEntry', partly],
  [
    400,
    `max entry size '262144' bytes exceeded ${ofStream} while adding an entry with length '300000' bytes`,
    'poisonEntry',
    partly,
  ],
  [400, "stream '{}' has structured metadata too large: '70000' bytes, limit: '65536' bytes.", 'poisonEntry', partly],
  [400, "stream '{}' has too many structured metadata labels: '200', limit: '128'.", 'poisonEntry', partly],
  [
    400,
    'entry with timestamp … ignored, reason: entry too far behind, … total ignored: 2 out of 3',
    'poisonEntry',
    partly,
  ],
  [400, "stream '{}' includes structured metadata, but this feature is disallowed. Please see …", 'config'],
  [400, "missing required labels 'team' for user 'a' for stream '{}' (policy: '')", 'config'],
  [400, "couldn't parse labels: 1:2: parse error: unexpected character", 'config'],
  [400, "error parsing labels '{' with error: …", 'config'],
  [400, 'error at least one label pair is required per stream', 'config'],
  [400, `entry ${ofStream} has 16 label names; limit 15`, 'config'],
  [400, "stream '{}' has label value too long: 'xxx'", 'config'],
  [400, "tenant ID 'a/b' contains unsupported character '/'", 'config'],
  [400, 'tenant ID is too long: max 150 characters', 'config'],
  [400, 'multiple org IDs present', 'config'],
  [400, 'Client sent an HTTP request to an HTTPS server.', 'config'],
  [400, 'something nobody has heard of', 'poisonPush', unsure],
  [401, 'no org id', 'config'],
  [403, '', 'config'],
  [404, '404 page not found', 'config'],
  [405, '', 'config'],
  [408, '', 'ambiguous'],
  [413, 'request body too large', 'tooLarge'],
  [422, 'error at least one valid stream is required for ingestion', 'poisonPush', unsure],
  [
    429,
    "ingestion rate limit exceeded for user a (limit: 4194304 bytes/sec) while attempting to ingest '9' lines totaling '5000000' bytes",
    'throttled',
    { limitBytes: 4_194_304 },
  ],
  [
    429,
    `Per stream rate limit exceeded (limit: 3MB/sec) while attempting to ingest ${ofStream} totaling 5MB`,
    'throttled',
    partly,
  ],
  [
    429,
    'maximum active stream limit exceeded when trying to create stream {app="shop"}, reduce the number …',
    'throttled',
  ],
  [499, '', 'ambiguous'],
  [
    500,
    'rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5000000 vs. 4194304)',
    'tooLarge',
  ],
  [500, 'rpc error: code = Unknown desc = label name is empty', 'poisonPush'],
  [500, 'normalization for label name "-" resulted in invalid name "_"', 'poisonPush'],
  [500, 'empty ring', 'transient', { cutOff: true }],
  [500, 'rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'ambiguous'],
  [502, 'Bad Gateway', 'ambiguous', { cutOff: true }],
  [503, 'no healthy upstream', 'ambiguous', { cutOff: true }],
  [504, '', 'ambiguous'],
]

describe("Loki's answers", () => {
  for (const [status, text, kind, also = {}] of answers) {
    test(`${status} ${text.slice(0, 60)} is ${kind}`, () => {
      const outcome = classifyPush({ status, text })
      assert.equal(outcome.kind, kind)
      const { partly, unsure, limitBytes, cutOff } = outcome
      assert.deepEqual(
        { partly, unsure, limitBytes, cutOff },
        { partly: undefined, unsure: undefined, limitBytes: undefined, cutOff: undefined, ...also },
      )
    })
  }
})

test('without an answer it depends on whether the body was on its way', () => {
  const network: PushResult = { failure: 'network', reason: 'ECONNREFUSED', bodySent: false }
  assert.equal(classifyPush(network).kind, 'transient')
  assert.equal(classifyPush({ ...network, reason: 'ECONNRESET', bodySent: true }).kind, 'ambiguous')
})

test('Loki may have crashed where a connection fails or breaks, not where it is slow to answer', () => {
  const network = { failure: 'network', reason: '' } as const
  assert.equal(classifyPush({ ...network, bodySent: false }).cutOff, true)
  assert.equal(classifyPush({ ...network, bodySent: true }).cutOff, true)
  assert.equal(classifyPush({ ...network, bodySent: true, gaveUp: true }).cutOff, false)
  assert.equal(classifyPush({ ...network, bodySent: false, gaveUp: true }).cutOff, true)
})

test('a request that cannot be made waits for an operator', () => {
  assert.equal(classifyPush({ failure: 'request', reason: 'Invalid character in header' }).kind, 'config')
})

test('the reason is one line and bounded', () => {
  const { reason } = classifyPush({ status: 400, text: `1 errors like:\n${'x'.repeat(10_000)}` })
  assert.match(reason, /^400 1 errors like: x+$/)
  assert.equal(reason.length, 300)
})
