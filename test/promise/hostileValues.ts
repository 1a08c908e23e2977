/** What a page hands over, made in the page, and what is stored of it. */
export type Cases = Record<string, { make: () => unknown; stored: unknown }>

const text = 'x'.repeat(8192)

export const unreadable: Cases = {
  'a getter that throws': {
    make: () => ({
      get a() {
        throw new Error('getter')
      },
      b: 1,
    }),
    stored: { a: '[unreadable]', b: 1 },
  },
  'a toJSON that throws': {
    make: () => ({
      toJSON() {
        throw new Error('toJSON')
      },
    }),
    stored: '[unreadable]',
  },
  'a toJSON that gives itself': {
    make: () => ({
      toJSON() {
        return this
      },
    }),
    stored: '[circular]',
  },
  'a toString that throws': {
    make: () => ({
      a: 1,
      toString() {
        throw new Error('toString')
      },
    }),
    stored: { a: 1, toString: '[function]' },
  },
  'a proxy whose traps all throw': {
    make: () => {
      const traps = new Proxy(
        {},
        {
          get: () => () => {
            throw new Error('trap')
          },
        },
      )
      return new Proxy({}, traps)
    },
    stored: '[unreadable]',
  },
  'a revoked proxy': {
    make: () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    stored: '[unreadable]',
  },
  'an array with a getter that throws': {
    make: () =>
      Object.defineProperty([1, 2], 0, {
        get() {
          throw new Error('item')
        },
      }),
    stored: '[unreadable]',
  },
  'a set without an end': {
    make: () =>
      new (class extends Set {
        override *[Symbol.iterator](): SetIterator<unknown> {
          for (;;) yield 1
        }
        override get size() {
          return 1e9
        }
      })(),
    stored: [...Array(100).fill(1), '[999999900 more]'],
  },
  'a window of another origin': {
    make: () => {
      const frame = document.createElement('iframe')
      frame.setAttribute('sandbox', '')
      document.body.append(frame)
      return frame.contentWindow
    },
    stored: '[unreadable]',
  },
  'a cycle': {
    make: () => {
      const cycle: Record<string, unknown> = { a: 1 }
      cycle.self = cycle
      cycle.list = [cycle]
      return cycle
    },
    stored: { a: 1, self: '[circular]', list: ['[circular]'] },
  },
}

export const strange: Cases = {
  'what JSON has no word for': {
    make: () => [Number.NaN, Number.POSITIVE_INFINITY, -0, 10n, Symbol('s'), undefined, () => 1, class A {}],
    stored: ['NaN', 'Infinity', 0, '10', 'Symbol(s)', null, '[function]', '[function]'],
  },
  'keys that are symbols': { make: () => ({ [Symbol('s')]: 1, a: 2 }), stored: { a: 2 } },
  'a __proto__ of its own': { make: () => JSON.parse('{"__proto__":{"polluted":1},"a":1}'), stored: { a: 1 } },
  'no prototype': { make: () => Object.assign(Object.create(null), { a: 1 }), stored: { a: 1 } },
  'private fields': {
    make: () =>
      new (class Card {
        number = 'shown'
        #secret = 1
        secret() {
          return this.#secret
        }
      })(),
    stored: { number: 'shown' },
  },
  'holes in an array': { make: () => Object.assign([1], { 2: 3 }), stored: [1, null, 3] },
  'a map, a set, a date, no date, an expression, an address': {
    make: () => [
      new Map<unknown, unknown>([
        ['a', 1],
        [{}, 2],
      ]),
      new Set([1, 'b']),
      new Date(0),
      new Date(Number.NaN),
      /a+/g,
      new URL('https://shop.example/cart'),
    ],
    stored: [
      { a: 1, '[object Object]': 2 },
      [1, 'b'],
      '1970-01-01T00:00:00.000Z',
      null,
      '/a+/g',
      'https://shop.example/cart',
    ],
  },
  'what holds bytes, and what holds nothing to see': {
    make: () => [
      new Uint8Array(9),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(9),
      new Blob([]),
      new WeakMap(),
      Promise.resolve(1),
    ],
    stored: ['[Uint8Array]', '[DataView]', '[ArrayBuffer]', '[Blob]', '[WeakMap]', '[Promise]'],
  },
  'what belongs to the page': {
    make: () => {
      const node = document.createElement('div')
      node.id = 'buy'
      node.className = ' big  red '
      return [node, document.createTextNode('t'), document, window, new MouseEvent('click')]
    },
    stored: ['<div#buy.big.red>', '<#text>', '<#document>', '[Window]', '[MouseEvent click]'],
  },
  'lone surrogates': {
    make: () => ({ a: 'x\ud800y', b: '\udc00', '\ud800': 1, c: '\\ud800', ok: '\ud83d\ude00' }),
    stored: { a: 'x\ufffdy', b: '\ufffd', '\ufffd': 1, c: '\\ud800', ok: '\ud83d\ude00' },
  },
}

export const huge: Cases = {
  'a megabyte of text': { make: () => 'x'.repeat(1e6), stored: `${text}[cut, 1000000 characters]` },
  'a toJSON of a megabyte': {
    make: () => ({ toJSON: () => ({ a: 'x'.repeat(1e6) }) }),
    stored: { a: `${text}[cut, 1000000 characters]` },
  },
  'ten thousand keys': {
    make: () => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
    stored: { ...Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`k${i}`, i])), '[more]': 9936 },
  },
  'a thousand levels': {
    make: () => {
      let nested: unknown = 'deep'
      for (let i = 0; i < 1000; i++) nested = { nested }
      return nested
    },
    stored: { nested: { nested: { nested: { nested: { nested: '[too deep]' } } } } },
  },
  'a billion items': {
    make: () => new Array(1e9),
    stored: [...Array(100).fill(null), '[999999900 more]'],
  },
  'a key of a megabyte': { make: () => ({ ['k'.repeat(1e6)]: 1 }), stored: { ['k'.repeat(256)]: 1 } },
}
