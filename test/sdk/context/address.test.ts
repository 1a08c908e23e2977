import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripAddress } from '../../../sdk/src/context/address.ts'

test('an address is kept without query, fragment and credentials', () => {
  const addresses = [
    ['https://shop.example/cart?token=secret#top', 'https://shop.example/cart'],
    ['https://shop.example#/cart?id=1', 'https://shop.example'],
    ['https://ann:secret@shop.example:8443/cart', 'https://shop.example:8443/cart'],
    ['https://shop.example/@ann/photos', 'https://shop.example/@ann/photos'],
    ['file:///srv/index.html?x', 'file:///srv/index.html'],
    ['about:blank', 'about:blank'],
    ['https://shop.example/a?x\n#y', 'https://shop.example/a'],
  ] as const
  for (const [address, stripped] of addresses) assert.equal(stripAddress(address), stripped)
  assert.equal(stripAddress(`https://shop.example/${'a'.repeat(5000)}`).length, 2048)
})
