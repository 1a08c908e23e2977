import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showPlace } from '../../../sdk/src/capture/showPlace.ts'

const host = { showUrl: (address: string) => `shown ${address.length}` }

test('addresses are shown as records show them, keywords as they are, and nothing of data or a query', () => {
  assert.equal(showPlace(host, 'https://shop.example/a.js?token=secret'), 'shown 38')
  for (const word of ['inline', 'eval', 'moz-extension', 'data', 'trusted-types-policy'])
    assert.equal(showPlace(host, word), word)
  assert.equal(showPlace(host, 'data:text/html,secret://'), 'data:')
  assert.equal(showPlace(host, '/relative?token=secret'), '/relative')
  assert.equal(showPlace(host, 'x'.repeat(1000))!.length, 128)
  for (const nothing of ['', null, undefined]) assert.equal(showPlace(host, nothing), undefined)
})
