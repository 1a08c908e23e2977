import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import vm from 'node:vm'
import fc from 'fast-check'
import { type Snapshot, snapshotInto, snapshotValue } from '../../../sdk/src/pipeline/snapshot.ts'
import type { WireValue } from '../../../sdk/src/wire.ts'

describe('snapshot of attributes', () => {
  test('scalars are as they were at the time of the call', () => {
    const attributes = { cart: 3, sku: 'A-1', paid: true, coupon: null }
    const taken = take(attributes)
    attributes.cart = 4
    assert.deepEqual(taken.attributes, { cart: 3, sku: 'A-1', paid: true, coupon: null })
  })

  test('nested values are as they were at the time of the call', () => {
    const attributes = { cart: { items: [{ sku: 'A-1' }] } }
    const taken = take(attributes)
    attributes.cart.items.push({ sku: 'B-2' })
    assert.deepEqual(taken.attributes, { cart: { items: [{ sku: 'A-1' }] } })
  })

  test('what JSON does not know has a readable form', () => {
    class Cart {
      #secret = 1
      items = 2
      total() {
        return this.#secret
      }
    }
    const { attributes } = take({
      big: 12n,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      symbol: Symbol('s'),
      method() {},
      date: new Date(0),
      never: new Date(Number.NaN),
      map: new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
      ]),
      set: new Set([1, 'two']),
      expression: /a+/g,
      bytes: new Uint8Array(1e6),
      promise: Promise.resolve(),
      cart: new Cart(),
      url: new URL('https://shop.example/cart'),
      click: new Event('click'),
      missing: undefined,
      bare: Object.assign(Object.create(null), { a: 1 }),
      list: [undefined, () => {}],
    })
    assert.deepEqual(attributes, {
      big: '12',
      nan: 'NaN',
      infinite: '-Infinity',
      symbol: 'Symbol(s)',
      method: '[function]',
      date: '1970-01-01T00:00:00.000Z',
      never: null,
      map: { a: 1, 2: 'b' },
      set: [1, 'two'],
      expression: '/a+/g',
      bytes: '[Uint8Array]',
      promise: '[Promise]',
      cart: { items: 2 },
      url: 'https://shop.example/cart',
      click: '[Event click]',
      bare: { a: 1 },
      list: [null, '[function]'],
    })
  })

  test('data is no DOM node, whatever its fields are called', () => {
    const selected = { nodeType: 3, title: 'pay' }
    const tree = { nodeType: 1, nodeName: 'DIV', id: 'cart' }
    assert.deepEqual(take({ selected, tree }).attributes, { selected, tree })
  })

  test('cycles, depth, width and length are bounded, and say so', () => {
    const loop: Record<string, unknown> = { name: 'loop' }
    loop.self = loop
    let deep: object = { end: true }
    for (let i = 0; i < 20; i++) deep = { deep }
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]))
    const { attributes } = take({ loop, deep, wide, long: Array(150).fill(1), text: 'x'.repeat(9000) })
    const taken = attributes as Record<string, WireValue[]> & { wide: Record<string, WireValue> }
    assert.deepEqual(taken.loop, { name: 'loop', self: '[circular]' })
    assert.match(JSON.stringify(taken.deep), /^(\{"deep":){5}"\[too deep\]"\}{5}$/)
    assert.equal(Object.keys(taken.wide).length, 65)
    assert.equal(taken.wide['[more]'], 36)
    assert.deepEqual(taken.long?.slice(99), [1, '[50 more]'])
    assert.equal(taken.text, `${'x'.repeat(8192)}[cut, 9000 characters]`)
  })

  test('a thousand objects are enough', () => {
    const tree = Array.from({ length: 60 }, () => Array.from({ length: 90 }, () => ({ a: 1 })))
    assert.equal(JSON.stringify(take({ tree }).attributes).split('{"a":1}').length - 1 < 1000, true)
  })

  test('an object that is shared, not cyclic, is shown each time', () => {
    const shared = { a: 1 }
    assert.deepEqual(take({ one: shared, two: shared }).attributes, { one: { a: 1 }, two: { a: 1 } })
  })

  test('one throwing getter costs its own value only', () => {
    const { attributes } = take({
      before: 1,
      get broken() {
        throw new Error('no')
      },
      after: 2,
    })
    assert.deepEqual(attributes, { before: 1, broken: '[unreadable]', after: 2 })
  })

  test('a revoked proxy and a toJSON that throws are unreadable, their neighbours are not', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const toJSON = () => {
      throw new Error('no')
    }
    assert.deepEqual(take({ proxy, custom: { toJSON }, after: 2 }).attributes, {
      proxy: '[unreadable]',
      custom: '[unreadable]',
      after: 2,
    })
    assert.deepEqual(take(proxy).attributes, { value: '[unreadable]' })
  })

  test('a key named __proto__ changes no prototype', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"nested":{"__proto__":{"polluted":1}},"ok":1}')
    const { attributes } = take(hostile)
    assert.deepEqual(attributes, { nested: {}, ok: 1 })
    assert.equal((attributes as { polluted?: unknown }).polluted, undefined)
    assert.equal(Object.getPrototypeOf(attributes), Object.prototype)
    assert.deepEqual(take(JSON.parse('{"__proto__":"x","ok":1}')).attributes, { ok: 1 })
  })

  test('what others added to Object.prototype is no attribute', () => {
    const prototype = Object.prototype as { legacy?: string }
    prototype.legacy = 'x'
    try {
      assert.deepEqual(Object.keys(take({ a: 1 }).attributes ?? {}), ['a'])
    } finally {
      delete prototype.legacy
    }
  })

  test('an Error among the attributes stays as its summary, and goes to the record whole', () => {
    const failure = new TypeError('x is undefined', { cause: new RangeError('too far') })
    const { attributes, error } = take({ order: 7, nested: { failure } })
    assert.deepEqual(attributes, { order: 7, nested: { failure: 'TypeError: x is undefined' } })
    assert.equal(error?.type, 'TypeError')
    assert.match(error?.stack ?? '', /snapshot\.test/)
    assert.equal(error?.cause?.message, 'too far')
  })

  test('an Error in place of the attributes counts as the attribute error', () => {
    const { attributes, error } = take(Object.assign(new Error('no'), { code: 'E1' }))
    assert.deepEqual(attributes, { error: 'Error: no' })
    assert.deepEqual(error?.properties, { code: 'E1' })
  })

  test('the outermost of nested errors is the record’s', () => {
    const { error } = take({ failure: Object.assign(new Error('outer'), { inner: new Error('inner') }) })
    assert.equal(error?.message, 'outer')
    assert.deepEqual(error?.properties, { inner: 'Error: inner' })
  })

  test('errors of another realm are errors', () => {
    const foreign: unknown = vm.runInNewContext('new RangeError("elsewhere")')
    assert.equal(take({ foreign }).error?.type, 'RangeError')
  })

  test('scalars and lists in place of attributes are kept as value', () => {
    assert.deepEqual(take(42).attributes, { value: 42 })
    assert.deepEqual(take('text').attributes, { value: 'text' })
    assert.deepEqual(take([1, 2]).attributes, { value: [1, 2] })
  })

  test('whatever is given: nothing throws, and the result is bounded JSON', () => {
    fc.assert(
      fc.property(hostileValue(), given => {
        const taken = take(given)
        const json = JSON.stringify(taken.attributes) ?? 'null'
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(taken.attributes ?? null)))
        assert.ok(json.length < 1_000_000, `${json.length} characters`)
        assert.ok(depthOf(taken.attributes) <= 7)
        assert.ok(JSON.stringify(snapshotValue(given, 4096) ?? null).length < 200_000)
      }),
      { numRuns: 300 },
    )
  })
})

function take(attributes: unknown): Snapshot {
  const target: Snapshot = { attributes: undefined, error: undefined, chars: 0 }
  snapshotInto(target, attributes, () => {})
  return target
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** Values as hostile or careless code makes them: odd keys, throwing getters, proxies, errors, cycles, nests. */
function hostileValue(): fc.Arbitrary<unknown> {
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
        withSparseArray: true,
      }),
      fc.string({ unit: 'binary' }),
      fc.constant('x'.repeat(20_000)),
      fc.constant(Array(300).fill('y'.repeat(5000))),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(
        fc.oneof(
          fc.string(),
          fc.constantFrom(
            '__proto__',
            'toJSON',
            'constructor',
            'message',
            'name',
            'stack',
            'cause',
            'errors',
            'nodeType',
            'nodeName',
          ),
        ),
        tie('value'),
        { maxKeys: 6 },
      ),
      tie('value').map(inner => {
        const cycle: Record<string, unknown> = { inner }
        cycle.self = [cycle]
        return cycle
      }),
      tie('value').map(inner =>
        Object.assign(new Error('made up', { cause: inner }), { inner, name: inner, errors: [inner, inner] }),
      ),
      tie('value').map(inner =>
        Object.defineProperty({ inner }, 'thrower', {
          enumerable: true,
          get: () => {
            throw inner
          },
        }),
      ),
      tie('value').map(
        inner =>
          new Proxy(
            { inner },
            {
              ownKeys: () => {
                throw inner
              },
            },
          ),
      ),
      tie('value').map(
        inner =>
          new Proxy(
            { inner },
            {
              get: () => {
                throw inner
              },
              getPrototypeOf: () => {
                throw inner
              },
            },
          ),
      ),
      tie('value').map(inner => ({ toJSON: () => ({ again: inner, toJSON: () => inner }) })),
      tie('value').map(inner => ({ [Symbol.toStringTag]: 'Map', size: 3, inner })),
    ),
  }))
  return value!
}
