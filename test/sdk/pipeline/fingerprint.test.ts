import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fingerprint } from '../../../sdk/src/pipeline/fingerprint.ts'
import type { WireError, WireFrame } from '../../../sdk/src/wire.ts'

describe('fingerprint', () => {
  test('is the FNV-1a hash of the lines that the docs name', () => {
    assert.equal(of(''), fnv('Error\n'))
    assert.equal(of('no cart', [frame('pay', 'cart.js')]), fnv('Error\nno cart\npay@cart.js'))
    // What others compute it with has the same test vectors: http://www.isthe.com/chongo/tech/comp/fnv/
    assert.equal(fnv('foobar'), '85944171f73967e8')
    assert.equal(fingerprint({ type: 'Größe', message: '' }), fnv('Größe\n'))
  })

  test('is for the example of the docs what they say', () => {
    const docs = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    const [, lines, given] = /what is hashed is\n\n```\n(.*?)\n```\n\nand the fingerprint is `(\w+)`/s.exec(docs)!
    const file = 'https://shop.example/app.3f9a8b2c.js'
    const frames = [frame('Cart.pay', file), frame('HTMLButtonElement.onClick', file)]
    assert.equal(fnv(lines!), given)
    assert.equal(fingerprint({ type: 'TypeError', message: 'no cart 17', frames }), given)
  })

  test('is the same for messages that differ in numbers, ids, addresses and quoted texts', () => {
    const same: [string, string][] = [
      ['order 17 failed after 3.5 s', 'order 4711 failed after 12 s'],
      ['no user 550e8400-e29b-41d4-a716-446655440000', 'no user 6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
      ['GET https://a.example/x?y=1 failed', 'GET http://b.example/ failed'],
      ['can’t read "price" of it', 'can’t read "name" of it'],
      ["can't find 'a b' in 'c'", "can't find 'x' in 'y z'"],
      ['`a` is missing', '`b` is missing'],
      ['bad: first\nsecond', 'bad: first\nthird'],
    ]
    for (const [one, other] of same) assert.equal(of(one), of(other), one)
  })

  test('differs by type, by what the message says, by function and by file', () => {
    const all = [
      of('no cart'),
      of('no user'),
      fingerprint({ type: 'TypeError', message: 'no cart' }),
      of('no cart', [frame('pay', 'a.js')]),
      of('no cart', [frame('order', 'a.js')]),
      of('no cart', [frame('pay', 'b.js')]),
      of('no cart', [frame('pay', 'a.js'), frame('click', 'a.js')]),
    ]
    assert.equal(new Set(all).size, all.length)
  })

  test('outlives a release: neither lines nor the names that bundlers and minifiers make up count', () => {
    const releases: [WireFrame, WireFrame][] = [
      [
        frame('pay', 'https://a.example/1.0/app.3f9a8b2c.js', 1, 200),
        frame('pay', 'https://a.example/1.1/app.77d0e1f2.js', 9, 1),
      ],
      [frame('t', 'index-BxK3d9_a.js'), frame('e', 'index-DkkQzaWr.js')],
      [frame('t', '179.0123abcd.chunk.js'), frame('t', '204.dcba3210.chunk.js')],
      [frame('Object.pay', 'chunk-2KQ5PL4X.js'), frame('pay', 'chunk-7AB3CD9Z.js')],
      [frame('pay', 'https://a.example/orders/17'), frame('pay', 'https://a.example/orders/18')],
    ]
    for (const [one, other] of releases) assert.equal(of('m', [one]), of('m', [other]), one.file)
    const kept: [string, string][] = [
      ['user-profile.js', 'user-settings.js'],
      ['react.js', 'react-dom.js'],
      ['main.js', 'vendor.js'],
    ]
    for (const [one, other] of kept) assert.notEqual(of('m', [frame('f', one)]), of('m', [frame('f', other)]), one)
  })

  test('looks at the first three places of the page, recursion counting as one, and at those of others where there is no other', () => {
    const ours = ['one', 'two', 'three', 'four'].map(name => frame(name, 'a.js'))
    const other: WireFrame = { ...frame('lib', 'lib.js'), thirdParty: true }
    assert.equal(of('m', ours), of('m', ours.slice(0, 3)))
    assert.equal(of('m', [other, ...ours, { function: 'Array.map' }]), of('m', ours))
    assert.equal(of('m', [ours[0]!, ours[0]!, ours[0]!, ours[1]!]), of('m', [ours[0]!, ours[1]!]))
    assert.notEqual(of('m', [other]), of('m'))
  })

  test('is the same for the same error in every engine, where the page made the message', () => {
    const v8 = [frame('Cart.pay', 'a.js'), frame('new Order', 'a.js'), frame('HTMLButtonElement.onClick', 'a.js')]
    const gecko = [frame('pay', 'a.js'), frame('Order', 'a.js'), frame('onClick', 'a.js')]
    assert.equal(of('m', v8), of('m', gecko))
    assert.equal(of('m', [frame('get price', 'a.js')]), of('m', [frame('price', 'a.js')]))
    assert.equal(of('m', [frame('load/<', 'a.js')]), of('m', [{ file: 'https://a.example/a.js' }]))
  })

  test('is 16 hex digits, quickly, whatever the error holds', () => {
    const text = fc.string({
      maxLength: 9000,
      unit: fc.constantFrom('-', 'A', 'a', '1', '.', '/', ':', "'", '"', ' ', 'é'),
    })
    fc.assert(
      fc.property(text, text, text, (message, name, file) => {
        const startMs = performance.now()
        assert.match(of(message, [frame(name, file)]), /^[0-9a-f]{16}$/)
        assert.ok(performance.now() - startMs < 100)
      }),
      { numRuns: 200 },
    )
    for (const unit of ['-', '-A', '.1', "'", 'a', '://', ' "'])
      assert.match(of(unit.repeat(4000), [frame(unit.repeat(100), unit.repeat(1000))]), /^[0-9a-f]{16}$/)
  })
})

function of(message: string, frames?: WireFrame[]): string {
  const error: WireError = { type: 'Error', message, frames }
  return fingerprint(error)
}

function frame(name: string, file: string, line = 1, column = 1): WireFrame {
  return { function: name, file: file.includes('/') ? file : `https://a.example/${file}`, line, column }
}

/** As anyone else would write it. */
function fnv(text: string): string {
  let hash = 14695981039346656037n
  for (const byte of Buffer.from(text, 'utf8')) hash = ((hash ^ BigInt(byte)) * 1099511628211n) % 2n ** 64n
  return hash.toString(16).padStart(16, '0')
}
