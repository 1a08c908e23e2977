import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SdkGlobals } from '../browser/sdkPage.ts'
import type { Cases } from './hostileValues.ts'
import { inEveryEngine } from './hostPage.ts'
import { logEach } from './logEach.ts'

declare const lokiBeacon: SdkGlobals['lokiBeacon']
declare const pageErrors: string[]

/** `stored` is the record's error, where it has a stack with a word in place of it. */
const errors: Cases = {
  'a frozen error': {
    make: () => Object.freeze(new TypeError('frozen')),
    stored: { type: 'TypeError', message: 'frozen', stack: 'some' },
  },
  'an error that can’t be read': {
    make: () => {
      const error = new Error('hidden')
      const get = () => {
        throw new Error('getter')
      }
      for (const name of ['name', 'message', 'stack', 'cause', 'errors', 'code', 'constructor'])
        Object.defineProperty(error, name, { get, enumerable: true })
      return error
    },
    stored: { type: 'Error', message: '' },
  },
  'an error of a proxy': {
    make: () => {
      const throws = () => {
        throw new Error('trap')
      }
      return new Proxy(new Error('hidden'), { get: throws, ownKeys: throws, getOwnPropertyDescriptor: throws })
    },
    stored: { type: 'Error', message: '' },
  },
  'an error whose fields are no texts': {
    make: () => Object.assign(new Error(''), { name: 5, message: {}, stack: Symbol('s'), code: Symbol('code') }),
    stored: { type: 'Error', message: '', properties: { code: 'Symbol(code)' } },
  },
  'an error of another frame': {
    make: () => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      const { RangeError: Foreign } = frame.contentWindow as unknown as typeof globalThis
      return new Foreign('foreign')
    },
    stored: { type: 'RangeError', message: 'foreign', stack: 'some' },
  },
  'an error of the browser': {
    // Only some engines give it a stack.
    make: () => Object.defineProperty(new DOMException('stopped', 'AbortError'), 'stack', { value: 'at f' }),
    stored: { type: 'AbortError', message: 'stopped', stack: 'some' },
  },
  'an error of a class of the page’s': {
    make: () =>
      new (class PaymentError extends Error {
        code = 'declined'
      })('no money'),
    stored: { type: 'PaymentError', message: 'no money', stack: 'some', properties: { code: 'declined' } },
  },
  'a thousand errors in one': {
    make: () =>
      new AggregateError(
        Array.from({ length: 1000 }, (_, i) => Object.assign(new Error(`${i}`), { stack: '' })),
        'all',
      ),
    stored: {
      type: 'AggregateError',
      message: 'all',
      stack: 'some',
      errors: Array.from({ length: 10 }, (_, i) => ({ type: 'Error', message: `${i}` })),
    },
  },
  'a cycle of causes': {
    make: () => {
      const first = new Error('first')
      const second = new Error('second', { cause: first })
      first.cause = second
      return first
    },
    stored: {
      type: 'Error',
      message: 'first',
      stack: 'some',
      cause: { type: 'Error', message: 'second', stack: 'some' },
    },
  },
  'a chain of a thousand causes': {
    make: () => {
      let error = new Error('0')
      for (let i = 1; i <= 1000; i++) error = new Error(`${i}`, { cause: error })
      return error
    },
    stored: [1000, 999, 998, 997, 996, 995].reduceRight<object | undefined>(
      (cause, n) => ({ type: 'Error', message: `${n}`, stack: 'some', ...(cause && { cause }) }),
      undefined,
    ),
  },
  'a cause that is no error': {
    make: () => new Error('outer', { cause: { code: 7n } }),
    stored: {
      type: 'Error',
      message: 'outer',
      stack: 'some',
      cause: { type: 'NonError', message: '{"code":"7"}', properties: { code: '7' } },
    },
  },
  'a message of a megabyte': {
    make: () => Object.assign(new Error('x'.repeat(1e6)), { stack: '' }),
    stored: { type: 'Error', message: `${'x'.repeat(8192)}[cut, 1000000 characters]` },
  },
  'a stack without an end': {
    make: () => Object.assign(new Error('deep'), { stack: 'at f (a.js:1:1)\n'.repeat(1e5) }),
    stored: { type: 'Error', message: 'deep', stack: 'some' },
  },
}

const ways: Record<string, (make: () => unknown, name: string) => void> = {
  'as the message': make => {
    lokiBeacon.error(make() as Error)
  },
  'as the attributes': (make, name) => {
    lokiBeacon.error(name, make() as Error)
  },
  'deep in the attributes': (make, name) => {
    lokiBeacon.error(name, { list: [{ error: make() }] })
  },
  'in a child logger': (make, name) => {
    lokiBeacon.with({ error: make() }).error(name)
  },
  'thrown and caught by nobody': make => {
    dispatchEvent(new ErrorEvent('error', { error: make() }))
    // The page's own listener has heard of it as well, as it should.
    pageErrors.pop()
  },
}

inEveryEngine('hostile errors', host => {
  for (const [way, log] of Object.entries(ways)) {
    test(`errors of all kinds, ${way}, are stored as far as they can be read`, async () => {
      const records = await logEach(host, errors, log)
      for (const [name, { stored }] of Object.entries(errors)) {
        const { kind, error } = records.get(name)!
        assert.equal(kind, 'exception')
        assert.deepEqual(JSON.parse(JSON.stringify(error, wordForStack)), stored, name)
        assert.ok((error!.stack ?? '').length <= 60_000, name)
        assert.ok((error!.frames ?? []).length <= 50, name)
      }
    })
  }
})

/** And no frames: they are read of it. */
function wordForStack(key: string, value: unknown): unknown {
  return key === 'stack' ? 'some' : key === 'frames' ? undefined : value
}
