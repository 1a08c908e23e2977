import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBlock } from '../../../relay/src/auth/addressBlock.ts'

const blocks: [block: string, addresses: (string | undefined)[]][] = [
  ['203.0.113', ['203.0.113.1', '203.0.113.255', '::ffff:203.0.113.7', '::ffff:cb00:7107', '203.0.113.7:4711']],
  ['203.0.114', ['203.0.114.1', '[::ffff:203.0.114.1]:443']],
  [
    '2001:db8:0:1',
    ['2001:db8:0:1::1', '2001:DB8:0:1:ffff:ffff:ffff:ffff', '2001:0db8:0000:0001::', '[2001:db8:0:1::9]:443'],
  ],
  ['2001:db8:0:2', ['2001:db8:0:2::1']],
  ['2001:db8:0:0', ['2001:db8::1', '2001:db8::203.0.113.1']],
  ['0:0:0:0', ['::1', '::']],
  ['fe80:0:0:0', ['fe80::1%eth0']],
  ['1:2:3:4', ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:8']],
  ['unknown', ['unknown', '', undefined, '_hidden', '300.1.1.1', '1.2.3', ':::', '__proto__', '1.2.3.4.5']],
]

for (const [block, addresses] of blocks)
  test(`${addresses.join(', ')}: ${block}`, () => {
    for (const address of addresses) assert.equal(addressBlock(address), block, address)
  })
