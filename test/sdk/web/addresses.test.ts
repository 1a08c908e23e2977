import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createAddresses } from '../../../sdk/src/web/addresses.ts'

test('an address is shown without query, fragment and credentials', () => {
  const { show } = createAddresses([])
  const addresses = [
    ['https://shop.example/cart?token=secret#top', 'https://shop.example/cart'],
    ['https://shop.example#/cart?id=1', 'https://shop.example'],
    ['https://shop.example?a=1', 'https://shop.example'],
    ['https://ann:secret@shop.example:8443/cart', 'https://shop.example:8443/cart'],
    ['https://a@b@shop.example/', 'https://shop.example/'],
    ['https://shop.example/@ann/photos', 'https://shop.example/@ann/photos'],
    ['https://shop.example/a?next=https://x@y.example', 'https://shop.example/a'],
    ['file:///srv/index.html?x', 'file:///srv/index.html'],
    ['about:blank', 'about:blank'],
    ['about:blank?x#y', 'about:blank'],
    ['blob:https://shop.example/6e0c#x', 'blob:https://shop.example/6e0c'],
    ['data:text/html;charset=utf-8,<b>secret</b>', 'data:text/html'],
    ['data:,secret', 'data:'],
    ['javascript:pay("secret")', 'javascript:'],
    ['https://shop.example/a?x\n#y', 'https://shop.example/a'],
    ['https://?', 'https://'],
    ['http://[?#', 'http://['],
    ['', ''],
  ] as const
  for (const [address, shown] of addresses) assert.equal(show(address), shown)
  assert.equal(show(`https://shop.example/${'a'.repeat(5000)}`).length, 2048)
})

test('a relative address becomes absolute, and one that makes no sense stays without its query', t => {
  Object.defineProperty(globalThis, 'document', {
    value: { baseURI: 'https://shop.example/a/b?x' },
    configurable: true,
  })
  t.after(() => Reflect.deleteProperty(globalThis, 'document'))
  const { show } = createAddresses([])
  assert.equal(show('c?token=1'), 'https://shop.example/a/c')
  assert.equal(show('/api#x'), 'https://shop.example/api')
  assert.equal(show('//ann:pw@cdn.example/x.js?v=1'), 'https://cdn.example/x.js')
  assert.equal(show('//ann:pw@[cdn?token=1'), '//[cdn')
})

test('parameters that are allowed stay, in their order, with their values', () => {
  const { show, showIn } = createAddresses(['utm_source', 'v'])
  assert.equal(
    show('https://x.example/a?q=1&v=2&utm_source=a%26b&V=3&v#v=4'),
    'https://x.example/a?v=2&utm_source=a%26b&v',
  )
  assert.equal(show('https://x.example/#/cart?v=2'), 'https://x.example/')
  assert.equal(showIn('at f (https://x.example/a.js?q=1&v=2:3:4)'), 'at f (https://x.example/a.js?v=2:3:4)')
})

test('with # a fragment stays that is a route, its own query filtered alike', () => {
  const { show } = createAddresses(['#', 'v'])
  assert.equal(show('https://x.example/?a=1#/cart/1?a=1&v=2'), 'https://x.example/#/cart/1?v=2')
  assert.equal(show('https://x.example/#!/cart?a=1'), 'https://x.example/#!/cart')
  assert.equal(show('https://x.example/#access_token=secret'), 'https://x.example/')
})

test('where everything is allowed the address loses its credentials alone', () => {
  const { show, showIn } = createAddresses(undefined)
  assert.equal(show('https://a:b@x.example/?a=1&b&&c=#d?e=2'), 'https://x.example/?a=1&b&&c=#d?e=2')
  assert.equal(showIn('see https://a:b@x.example/?a=1#d.'), 'see https://x.example/?a=1#d.')
})

test('addresses in a text lose query and fragment, and keep their place and what follows', () => {
  const { showIn } = createAddresses([])
  const texts = [
    ['    at pay (https://shop.example/cart?token=a:b#top:12:34)', '    at pay (https://shop.example/cart:12:34)'],
    ['pay@https://shop.example/cart?token=secret:12:34', 'pay@https://shop.example/cart:12:34'],
    ['    at https://shop.example/a.js#hash:1:2', '    at https://shop.example/a.js:1:2'],
    [
      '    at eval (eval at run (https://shop.example/?q=1:5:6), <anonymous>:1:1)',
      '    at eval (eval at run (https://shop.example/:5:6), <anonymous>:1:1)',
    ],
    ['    at pay (https://shop.example/app.js:12:34)', '    at pay (https://shop.example/app.js:12:34)'],
    ["Access to 'https://x.example/y?token=1' failed.", "Access to 'https://x.example/y' failed."],
    [
      "fetch('https://x.example/y?token=1').then(['https://x.example/?a','https://x.example/?b'])",
      "fetch('https://x.example/y').then(['https://x.example/','https://x.example/'])",
    ],
    [
      "{'url': 'https://x.example/y?token=1'}: 'https://x.example/z?q=2'; and 'https://x.example/#a'.",
      "{'url': 'https://x.example/y'}: 'https://x.example/z'; and 'https://x.example/'.",
    ],
    ['{"text":"GET \'https://x.example/y?token=1\'\\n failed"}', '{"text":"GET \'https://x.example/y\'\\n failed"}'],
    ["GET https://x.example/a?n=O'Neil&token=5 failed", 'GET https://x.example/a failed'],
    ["GET 'https://x.example/a?n=O'Neil&q=the+boys'+room' failed", "GET 'https://x.example/a' failed"],
    [
      "GET https://x.example/a?n=James'&token=5, https://O'Neil:pw@x.example/",
      'GET https://x.example/a, https://x.example/',
    ],
    ["    at pay (https://x.example/a.js?q=it's:1:2)", '    at pay (https://x.example/a.js:1:2)'],
    [
      "https://x.example/a.js's source, https://x.example/b?c#d's source",
      "https://x.example/a.js's source, https://x.example/b source",
    ],
    ["data:text/html,it's%20canary broken", 'data:text/html broken'],
    ['{"url":"https://x.example/y?token=1","n":1}', '{"url":"https://x.example/y","n":1}'],
    ['from wss://a:b@x.example/?t=1, again', 'from wss://x.example/, again'],
    ['image data:image/png;base64,AAAA= broken', 'image data:image/png broken'],
    ['why? data: see //x?y', 'why? data: see //x?y'],
  ] as const
  for (const [text, shown] of texts) assert.equal(showIn(text), shown)
})

test('whatever is in query, fragment and credentials of an address is not shown, and nothing throws', () => {
  const { show, showIn } = createAddresses(['ok'])
  const part = fc.string({ unit: fc.constantFrom(...'abz019-._~%:@=&+/,;!*()[]$', "'b", "'&"), maxLength: 20 })
  fc.assert(
    fc.property(part, part, fc.constantFrom('?', '#', '?ok&', '#/', '?ok#'), (path, secret, mark) => {
      const address = `https://ann:canary@x.example/${path}${mark}${secret}canary=canary${secret}`
      assert.ok(!show(address).includes('canary'), show(address))
      const shown = showIn(`(${address}:1:2) and ${address}, "${address}"`)
      assert.ok(!shown.includes('canary'), shown)
      assert.equal(showIn(shown), shown)
    }),
  )
  fc.assert(fc.property(fc.string(), text => showIn(text) === showIn(showIn(text))))
})
