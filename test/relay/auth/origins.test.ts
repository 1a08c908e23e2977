import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createOriginCheck } from '../../../relay/src/auth/origins.ts'

const allowed = [
  'https://shop.example',
  'https://*.shop.example',
  'http://localhost:3000',
  'https://*.port.example:8443',
  'capacitor://localhost',
]

describe('an origin is allowed exactly, or by its labels before the dot', () => {
  const check = createOriginCheck(allowed)
  const cases: [origin: string | undefined, allowed: boolean][] = [
    ['https://shop.example', true],
    ['HTTPS://Shop.Example', true],
    ['https://www.shop.example', true],
    ['https://a.b.shop.example', true],
    ['http://localhost:3000', true],
    ['https://x.port.example:8443', true],
    ['capacitor://localhost', true],
    [undefined, false],
    ['', false],
    ['null', false],
    ['http://shop.example', false],
    ['https://shop.example:8443', false],
    ['https://shop.example.evil.io', false],
    ['https://evilshop.example', false],
    ['https://.shop.example', false],
    ['https://evil.io/.shop.example', false],
    ['https://evil.io#.shop.example', false],
    ['https://user@www.shop.example', false],
    ['https://evil.io:80.shop.example', false],
    ['https://shop.example/', false],
    ['http://localhost:3001', false],
    ['https://x.port.example', false],
    ['*', false],
    [`https://${'a'.repeat(2000)}.shop.example`, false],
  ]
  for (const [origin, expected] of cases)
    test(`${JSON.stringify(origin?.slice(0, 60))}: ${expected ? 'allowed' : 'refused'}`, () =>
      assert.equal(check(origin), expected))
})

test('a star allows any origin, and callers without one', () => {
  const check = createOriginCheck(['https://shop.example', '*'])
  for (const origin of ['https://other.example', 'null', undefined]) assert.ok(check(origin))
})
