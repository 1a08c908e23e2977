import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readConfig } from '../../../sdk/src/api/readConfig.ts'
import { cut, cutRaw } from '../../../sdk/src/pipeline/cut.ts'
import { createRedact } from '../../../sdk/src/pipeline/redact.ts'
import { snapshotValue } from '../../../sdk/src/pipeline/snapshot.ts'
import { createTrail } from '../../../sdk/src/pipeline/trail.ts'
import { toWireError } from '../../../sdk/src/pipeline/wireError.ts'
import { createAddresses } from '../../../sdk/src/web/addresses.ts'
import type { WireRecord } from '../../../sdk/src/wire.ts'

const secrets = [
  '4111111111111111',
  '4111 1111 1111 1111',
  '3782 822463 10005',
  'DE89 3704 0044 0532 0130 00',
  'ghp_1234567890abcdefghijklmnopqrstuvwxyz',
  'jane.of.the.long.name@mail.shop.example',
  'Bearer AbCdEfGhIjKlMnOpQrStUvWxYz',
  'password: hunter2-of-the-north',
]
/** More than this of a secret is too much. */
const maxLeftChars = 6
const { redact } = readConfig({ url: '/x', key: 'k' }).config
const { text, stage } = createRedact({
  redact,
  addresses: createAddresses([]),
  monotonicMs: () => 0,
  onFault: assert.fail,
})

describe('of a secret that a text is cut in, no half stays', () => {
  for (const secret of secrets)
    test(secret, () => {
      for (const length of [256, 900, 1024, 8192])
        for (let chars = 0; chars <= secret.length; chars++)
          for (const between of [' ', '"', '(']) {
            const words = 'the order of '.repeat(1000).slice(0, length - chars - 1)
            const given = `${words}${between}${secret} was declined, and more. ${'x '.repeat(30)}`
            const { attributes, message } = stage({ ...record, ...taken(given) }) as WireRecord
            assertNone(secret, `${message} ${JSON.stringify(attributes)}`)
            const error = toWireError(new TypeError(given), snapshotValue)
            assertNone(secret, JSON.stringify(stage({ ...record, error })))
          }
    })

  test('also where a breadcrumb keeps less', () => {
    for (const secret of secrets)
      for (const [length, name] of [
        [256, 'message'],
        [64, 'data'],
        [32, 'category'],
      ] as const)
        for (let chars = 0; chars <= Math.min(secret.length, length - 1); chars++) {
          const given = `${'the order of '.repeat(99).slice(0, length - chars - 1)} ${secret} was declined`
          const trail = createTrail(30, text)
          trail.add({ t: 0, category: 'c', message: 'm', [name]: name === 'data' ? { given } : given })
          const { breadcrumbs } = stage(trail.stage(record) as WireRecord) as WireRecord
          assertNone(secret, JSON.stringify(breadcrumbs))
        }
  })
})

test('a text that holds nothing of the kind is cut where it is said', () => {
  for (const each of [cut, cutRaw]) {
    assert.equal(each('x'.repeat(8192), 8192), 'x'.repeat(8192))
    assert.equal(each('x'.repeat(9000), 8192), `${'x'.repeat(8192)}[cut, 9000 characters]`)
    assert.equal(each('x', 0), '[cut, 1 characters]')
  }
  assert.equal(cutRaw('one two three', 9), 'one two [cut, 13 characters]')
})

test('a hostile text is cut in less than a millisecond', () => {
  for (const seed of ['A1 ', 'AB1234 ', ' ', 'a', '(a', '4111 ']) {
    const given = seed.repeat(1e5)
    const before = process.cpuUsage().user
    for (let i = 0; i < 100; i++) cutRaw(given, 8192)
    assert.ok((process.cpuUsage().user - before) / 1000 < 100, JSON.stringify(seed))
  }
})

const record: WireRecord = { n: 1, t: 1, kind: 'exception', level: 'error', message: 'm' }

function taken(given: string): Pick<WireRecord, 'message' | 'attributes'> {
  const list = snapshotValue([given], 100_000) as string[]
  return { message: snapshotValue(given) as string, attributes: { list } }
}

function assertNone(secret: string, found: string): void {
  // Of a name with its value the name may stay.
  const value = secret.replace(/^.*: |^Bearer /, '')
  for (let at = 0; at + maxLeftChars < value.length; at++) {
    const part = value.slice(at, at + maxLeftChars + 1)
    assert.ok(!found.includes(part), `${part} in ${found.slice(0, 60)}...${found.slice(-300)}`)
  }
}
