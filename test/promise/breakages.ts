/** What becomes of a page's records: sent at once; sent at the next visit; or never, but counted. */
export type Outcome = 'delivered' | 'kept' | 'counted'

/** What a page does to itself, and what becomes of its records where that is before, or after, our script has run. */
export type Breakages = Record<string, { break: () => void; before: Outcome; after: Outcome }>

/** Each runs in the page. */
export const breakages: Breakages = {
  'fetch throws': {
    break: () => {
      window.fetch = () => {
        throw new Error('patched')
      }
    },
    before: 'kept',
    after: 'delivered',
  },
  'fetch is gone': {
    break: () => {
      Object.assign(window, { fetch: undefined })
    },
    before: 'kept',
    after: 'delivered',
  },
  'fetch returns nothing': {
    break: () => {
      Object.assign(window, { fetch: () => {} })
    },
    before: 'kept',
    after: 'delivered',
  },
  'fetch never answers': {
    break: () => {
      window.fetch = () => new Promise(() => {})
    },
    before: 'kept',
    after: 'delivered',
  },
  'fetch answers for the relay': {
    break: () => {
      window.fetch = async () => new Response('{"ok":true}', { status: 202 })
    },
    before: 'kept',
    after: 'delivered',
  },
  'fetch and beacons are blocked for the relay, as ad blockers do it': {
    break: () => {
      const { fetch } = window
      window.fetch = (address, ...rest) =>
        String(address).includes('/v1/i/') ? Promise.reject(new TypeError('Failed to fetch')) : fetch(address, ...rest)
      navigator.sendBeacon = () => false
    },
    before: 'kept',
    after: 'delivered',
  },
  'XMLHttpRequest, beacons and performance marks are gone': {
    break: () => {
      Object.assign(window, { XMLHttpRequest: undefined, PerformanceObserver: undefined })
      Object.defineProperty(navigator, 'sendBeacon', { value: undefined })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'JSON.stringify throws': {
    break: () => {
      JSON.stringify = () => {
        throw new Error('patched')
      }
    },
    before: 'counted',
    after: 'delivered',
  },
  'JSON.stringify gives nothing': {
    break: () => {
      Object.assign(JSON, { stringify: () => undefined })
    },
    before: 'counted',
    after: 'delivered',
  },
  'JSON.parse throws': {
    break: () => {
      JSON.parse = () => {
        throw new Error('patched')
      }
    },
    before: 'kept',
    after: 'delivered',
  },
  'arrays, texts and numbers have a toJSON, as in old Prototype.js': {
    break: () => {
      for (const { prototype } of [Array, String, Number])
        Object.assign(prototype, {
          toJSON() {
            return `<${this}>`
          },
        })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'all objects and arrays have more than they should': {
    break: () => {
      Object.assign(Object.prototype, { each: () => {}, id: 'x', header: 'x', count: 'x', error: 'x', type: 'x' })
      Object.assign(Array.prototype, { each: () => {}, first: 'x' })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'Promise is one of its own, as with zone.js': {
    break: () => {
      const Native = Promise
      const { then } = Native.prototype
      // biome-ignore lint/suspicious/noThenProperty: this is what such libraries do.
      Native.prototype.then = function (this: Promise<unknown>, done, failed) {
        return new Zoned((resolve, reject) => then.call(this, resolve, reject)).then(
          done,
          failed,
        ) as unknown as Promise<never>
      }
      class Zoned {
        native: Promise<unknown>
        constructor(start: ConstructorParameters<typeof Promise<unknown>>[0]) {
          this.native = new Native(start)
        }
        // biome-ignore lint/suspicious/noThenProperty: as above.
        then(...handlers: Parameters<Promise<unknown>['then']>): Zoned {
          return new Zoned((resolve, reject) => {
            then.call(then.apply(this.native, handlers), resolve, reject)
          })
        }
        catch(failed: () => void): Zoned {
          return this.then(undefined, failed)
        }
        static resolve = (value: unknown) => new Zoned(resolve => resolve(value))
        static reject = (value: unknown) => new Zoned((_, reject) => reject(value))
        static race = (all: Iterable<unknown>) =>
          new Zoned((resolve, reject) => {
            for (const each of all) Zoned.resolve(each).then(resolve, reject)
          })
      }
      Object.assign(window, { Promise: Zoned })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'the console is broken': {
    break: () => {
      for (const name of ['debug', 'log', 'info', 'warn', 'error'])
        Object.defineProperty(console, name, {
          get() {
            throw new Error('patched')
          },
        })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'there is no console': {
    break: () => {
      Object.defineProperty(window, 'console', { value: undefined })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'time stands still, and timers never fire, as with fake ones of a test library': {
    break: () => {
      const frozenMs = Date.now()
      Date.now = () => frozenMs
      performance.now = () => 1000
      let ids = 0
      Object.assign(window, { setTimeout: () => ++ids, clearTimeout: () => {}, queueMicrotask: () => {} })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'Date is one of the page’s': {
    break: () => {
      Object.assign(window, { Date: Object.assign(() => 'today', { now: () => 0 }) })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'Map, Set and WeakSet are polyfills': {
    break: () => {
      class OldMap {
        list: [unknown, unknown][] = []
        constructor(entries: [unknown, unknown][] = []) {
          for (const [key, value] of entries) this.set(key, value)
        }
        get size() {
          return this.list.length
        }
        has = (key: unknown) => this.list.some(([known]) => known === key)
        get = (key: unknown) => this.list.find(([known]) => known === key)?.[1]
        set = (key: unknown, value: unknown) => {
          this.delete(key)
          this.list.push([key, value])
          return this
        }
        add = (value: unknown) => this.set(value, value)
        delete = (key: unknown) => {
          const had = this.has(key)
          this.list = this.list.filter(([known]) => known !== key)
          return had
        }
        keys = () => this.list.map(([key]) => key)[Symbol.iterator]()
        values = () => this.list.map(([, value]) => value)[Symbol.iterator]()
      }
      class OldSet extends OldMap {
        [Symbol.iterator] = () => this.keys()
      }
      Object.assign(window, { Map: OldMap, Set: OldSet, WeakSet: OldSet, WeakMap: OldMap })
    },
    before: 'delivered',
    after: 'delivered',
  },
  'there are no random numbers, no microtasks, and no locks': {
    break: () => {
      Object.defineProperty(window, 'crypto', { value: undefined })
      Object.defineProperty(window, 'queueMicrotask', { value: undefined })
      Object.defineProperty(navigator, 'locks', { value: undefined })
    },
    before: 'delivered',
    after: 'delivered',
  },
}
