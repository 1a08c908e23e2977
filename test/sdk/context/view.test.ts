import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../sdk/src/config.ts'
import { createRouteNamer } from '../../../sdk/src/context/route.ts'
import { createViews } from '../../../sdk/src/context/view.ts'
import type { BeaconError } from '../../../sdk/src/errors.ts'
import { createHookFaults } from '../../../sdk/src/hookFault.ts'

test('each path and each fragment of a router is a view of its own; queries and anchors come and go within one', () => {
  const { look } = views()
  const steps: [address: string, isNew: boolean][] = [
    ['https://shop.example/', true],
    ['https://shop.example/?sort=price', false],
    ['https://shop.example/?sort=name#top', false],
    ['https://shop.example/cart', true],
    ['https://shop.example/cart#/pay', true],
    ['https://shop.example/cart#/pay?step=2', false],
    ['https://shop.example/cart?x=1#/pay?step=3', false],
    ['https://shop.example/cart#!/pay', true],
    ['https://shop.example/cart', true],
    ['https://shop.example/', true],
  ]
  const seen = new Set<string>()
  for (const [address, isNew] of steps) {
    const view = look(address)
    assert.equal(view !== undefined, isNew, address)
    if (view) {
      assert.match(view.view!, /^[0-9a-f]{20}$/)
      seen.add(view.view!)
    }
  }
  assert.equal(seen.size, steps.filter(([, isNew]) => isNew).length)
})

test('the page’s own names of routes go with its views, and another name is another view', () => {
  const { look } = views(url => url.searchParams.get('page') ?? url.pathname.replace(/\d+/, ':id'))
  assert.equal(look('https://shop.example/product/1')?.route, '/product/:id')
  assert.equal(look('https://shop.example/product/2')?.route, '/product/:id')
  assert.equal(look('https://shop.example/product/2#reviews'), undefined)
  assert.equal(look('https://shop.example/product/2?page=cart')?.route, 'cart')
  assert.equal(look('https://shop.example/product/2?page=pay')?.route, 'pay')
})

test('a route is a text of at most 200 characters, or none', () => {
  for (const answer of [undefined, null, '', 5, {}, Promise.resolve('/x')])
    assert.equal(views(() => answer as string).look('https://shop.example/')?.route, undefined)
  assert.equal(views(() => 'r'.repeat(300)).look('https://shop.example/')?.route?.length, 200)
})

test('a route that throws is reported once, and views are told apart without', () => {
  const { look, reports } = views(() => {
    throw new Error('no router')
  })
  assert.ok(look('https://shop.example/'))
  assert.ok(look('https://shop.example/cart'))
  assert.deepEqual(
    reports.map(({ code }) => code),
    ['invalid_option'],
  )
})

function views(route?: Config['route']) {
  const reports: BeaconError[] = []
  return {
    look: createViews(
      route && createRouteNamer(route, text => text, createHookFaults(error => reports.push(error)).of),
    ),
    reports,
  }
}
