import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PluginHost } from '../../sdk/src/plugin.ts'
import { startPlugins } from '../../sdk/src/startPlugins.ts'
import { captureNativeMethods } from '../../sdk/src/web/nativeMethods.ts'

before(() => {
  Object.assign(globalThis, { location: { href: 'https://shop.example/cart' } })
})
after(() => {
  Reflect.deleteProperty(globalThis, 'location')
})

test('a request is our own where it goes to the relay, and what is no address is not', () => {
  const own = hostOf('https://shop.example/telemetry').isOwnRequest
  assert.ok(own('https://shop.example/telemetry/v1/i/pk_x'))
  assert.ok(own('/telemetry/v1/i/pk_x'))
  for (const other of [
    'https://shop.example/telemetry-of-others',
    '/cart',
    'data:,x',
    '',
    'http://',
    'https://[',
    '//',
  ])
    assert.equal(own(other), false, other)
})

test('what the page asks of the origin of its relay is its own affair', () => {
  for (const url of ['https://shop.example', 'https://shop.example/telemetry']) {
    const own = hostOf(url).isOwnRequest
    for (const path of ['/v1/i/pk_x', '/v1/i/pk_x?x=1', '/sdk/loki-beacon.js', '/sdk/1.0.0/loki-beacon.js'])
      assert.ok(own(url + path), path)
    for (const path of ['', '/', '/missing.png', '/api/broken', '/v1/items', '/v1/i', '/sdk', '/sdk-of-others/a.js'])
      assert.equal(own(url + path), false, path)
  }
})

test('without the features of the full entry what needs them does nothing, and throws nothing', () => {
  const host = hostOf('https://logs.example.com')
  host.breadcrumb({ category: 'click', message: 'button' })
  host.onSession(() => assert.fail('there are no sessions'))()
  assert.equal(host.traceContext(), undefined)
})

function hostOf(url: string): PluginHost {
  let given: PluginHost | undefined
  const plugin = {
    name: 'own',
    enabled: true,
    start(host: PluginHost) {
      given = host
      return () => {}
    },
  }
  startPlugins({
    config: { plugins: [plugin], capture: { errors: true, rejections: true, own: true }, url },
    take: () => {},
    captureError: () => {},
    features: undefined,
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
    native: captureNativeMethods(),
    showUrl: String,
    checkRoute: () => {},
    isPrivate: false,
    isKnown: () => false,
    isInHook: () => false,
    onExit: () => {},
    onRoute: () => {},
    onFault: fault => assert.fail(String(fault)),
  })
  return given!
}
