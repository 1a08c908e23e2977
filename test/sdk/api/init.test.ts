import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type InitOptions, init } from '../../../sdk/src/index.ts'

const options: InitOptions = { url: 'https://logs.example.com', key: 'pk_shop_web', app: 'shop' }

describe('init without a page, as on a server', () => {
  test('gives a logger that does nothing, silently', async t => {
    const warn = t.mock.method(console, 'warn', () => {})
    const log = init(options)
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]('m', { a: 1 })
    log.error(new Error('x'))
    log.with({ a: 1 }).with({ b: 2 }).info('m')
    log.event('signup')
    log.measure('ms', 12)
    log.setUser({ id: 'u' })
    log.setContext(null)
    assert.equal(await log.flush(), true)
    assert.deepEqual(log.stats(), {
      created: 0,
      delivered: 0,
      dropped: {},
      pending: 0,
      bytes: 0,
      breaker: 'closed',
      persistence: 'none',
    })
    await log.close()
    assert.equal(warn.mock.callCount(), 0)
  })

  test('still prints where it is asked to', t => {
    const lines: unknown[][] = []
    for (const method of ['debug', 'info', 'error'] as const)
      t.mock.method(console, method, (...values: unknown[]) => lines.push([method, ...values]))
    const error = new Error('declined')
    const log = init({ ...options, console: ['trace', 'info', 'fatal'] })
    log.trace('one')
    log.debug('two')
    log.with({ tenant: 'acme' }).info('three', { a: 1 })
    log.fatal(error)
    log.measure('search_ms', 182)
    assert.deepEqual(lines, [
      ['debug', '[shop] one'],
      ['info', '[shop] three', { tenant: 'acme' }, { a: 1 }],
      ['error', '[shop]', error],
      ['info', '[shop] search_ms', 182],
    ])
  })

  test('bad options cost one warning and one onError, and never an exception', t => {
    const warn = t.mock.method(console, 'warn', () => {})
    const codes: string[] = []
    const log = init({ url: 'nowhere', key: '', onError: error => codes.push(error.code) })
    log.info('m')
    assert.equal(warn.mock.callCount(), 1)
    assert.deepEqual(codes, ['invalid_option'])

    const hostile = new Proxy({} as InitOptions, {
      ownKeys() {
        throw Object.create(null)
      },
    })
    for (const given of [undefined, null, 1, [], hostile]) init(given as unknown as InitOptions).info('m')
    init({ ...options, minLevel: 'loud' as 'info', onError: () => assert.fail('the host fails too') })
  })
})
