import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { featureOptions } from '../../../sdk/src/api/featureOptions.ts'
import { readConfig as read } from '../../../sdk/src/api/readConfig.ts'
import { clicks } from '../../../sdk/src/capture/clicks.ts'
import { csp } from '../../../sdk/src/capture/csp.ts'
import { longFrames } from '../../../sdk/src/capture/longFrames.ts'
import { network } from '../../../sdk/src/capture/network.ts'
import type { Plugin } from '../../../sdk/src/plugin.ts'

/** As the entry with all features does. */
const readConfig = (given: unknown, plugins?: readonly Plugin[]) => read(given, plugins, featureOptions)

const needed = { url: 'https://logs.example.com', key: 'pk_shop_web' }

describe('options', () => {
  test('url and key are enough, and everything else has its default', () => {
    const { config, isUsable, problems } = readConfig(needed)
    assert.deepEqual(problems, [])
    assert.equal(isUsable, true)
    assert.deepEqual(JSON.parse(JSON.stringify(config)), {
      ...needed,
      consent: 'granted',
      minLevel: 'trace',
      consoleLevels: [],
      plugins: [],
      capture: { errors: true, rejections: true },
      sampleRate: 1,
      levelSampleRates: {},
      ignoreErrors: [],
      denyUrls: [],
      allowUrls: [],
      noise: {
        scriptError: true,
        resizeObserver: true,
        extensions: true,
        injected: true,
        useless: true,
        thirdPartyCalls: true,
      },
      // JSON's word for infinity.
      rateLimits: { perFingerprint: 10, recordsPerMinute: null },
      redact: {
        keys: [],
        patterns: [],
        rules: { keys: true, jwt: true, bearer: true, email: true, card: true, iban: true, tokens: true },
      },
      allowedQuery: [],
      respectGpc: true,
      session: { idleMs: 1_800_000, maxMs: 14_400_000 },
      maxBreadcrumbs: 30,
      sinks: [],
      batch: { maxRecords: 1000, maxBytes: 30_720, flushIntervalMs: 1000 },
      buffer: { persistence: 'indexeddb', maxBytes: 5_242_880, maxAgeMs: 604_800_000, whenFull: 'drop-oldest' },
      retry: { baseDelayMs: 1000, maxDelayMs: 60_000, breakerThreshold: 5 },
      timeoutMs: 10_000,
      debug: false,
    })
  })

  test('a preset sets batch and timeout, and options given beside it win', () => {
    const fast = readConfig({ ...needed, preset: 'low-latency' }).config
    assert.deepEqual([fast.batch.maxRecords, fast.batch.flushIntervalMs, fast.timeoutMs], [100, 500, 5000])
    const large = readConfig({ ...needed, preset: 'high-throughput', batch: { maxRecords: 50 }, timeoutMs: 1 }).config
    assert.equal(readConfig({ ...needed, preset: 'constructor' }).config.timeoutMs, 10_000)
    assert.deepEqual([large.batch.maxRecords, large.batch.flushIntervalMs, large.timeoutMs], [50, 10_000, 1])
  })

  test('a plugin takes the place of an earlier one of its name, with its default and its options', () => {
    const plugin = (name: string, enabled: boolean, options?: object) => ({
      name,
      enabled,
      options,
      start: () => () => {},
    })
    const [vitals, clicks, attributed] = [plugin('vitals', true), plugin('clicks', true), plugin('vitals', false)]
    assert.deepEqual(readConfig(needed, [vitals, clicks]).config.plugins, [vitals, clicks])
    const { config, problems } = readConfig({ ...needed, plugins: [attributed] }, [vitals, clicks])
    assert.deepEqual([config.plugins, config.capture.vitals, problems], [[attributed, clicks], false, []])
    const last = plugin('vitals', true, { deep: true })
    const { capture, plugins } = readConfig({ ...needed, plugins: [attributed, last] }, [vitals]).config
    assert.deepEqual([plugins, capture.vitals], [[last], { deep: true }])
  })

  test('console: true means all levels', () => {
    assert.equal(readConfig({ ...needed, console: true }).config.consoleLevels.length, 6)
    assert.deepEqual(readConfig({ ...needed, console: ['error'] }).config.consoleLevels, ['error'])
  })

  test('null and undefined count as not given', () => {
    const { config, problems } = readConfig({ ...needed, release: null, app: undefined, batch: null })
    assert.deepEqual(problems, [])
    assert.equal(config.batch.maxRecords, 1000)
  })

  test('a bad value is named, and its default stands in', () => {
    const { config, isUsable, problems } = readConfig({
      ...needed,
      minLevel: 'loud',
      timeoutMs: '5000',
      batch: { maxRecords: -1, maxByte: 5 },
      retry: { baseDelayMs: Number.NaN },
      capture: { errors: 'no' },
      onError: 'console',
      smaplRate: 1,
    })
    assert.equal(isUsable, true)
    assert.deepEqual(problems.sort(), [
      'batch.maxRecords is not usable',
      'capture.errors is not usable',
      'minLevel is not usable',
      'onError is not usable',
      'retry.baseDelayMs is not usable',
      'there is no option batch.maxByte',
      'there is no option smaplRate',
      'timeoutMs is not usable',
    ])
    assert.deepEqual([config.minLevel, config.timeoutMs, config.batch.maxRecords], ['trace', 10_000, 1000])
    assert.equal(config.onError, undefined)
  })

  test('a group that is none is named too, and all its defaults stand in', () => {
    const bad = {
      buffer: 'memory',
      batch: 5,
      retry: true,
      session: 30,
      rateLimits: 10,
      redact: ['password'],
      noise: 'none',
    }
    const { config, problems } = readConfig({ ...needed, ...bad })
    assert.deepEqual(
      problems.sort(),
      Object.keys(bad)
        .map(name => `${name} is not usable`)
        .sort(),
    )
    assert.deepEqual(JSON.stringify(config), JSON.stringify(readConfig(needed).config))
    const nested = readConfig({ ...needed, redact: { rules: 'all' }, session: false })
    assert.deepEqual(nested.problems.sort(), ['redact.rules is not usable', 'session is not usable'])
    assert.equal(nested.config.redact.rules.email, true)
  })

  test('what can be turned on and off as a whole is no bad value', () => {
    const isOn = (given: object) => {
      const { config, problems } = readConfig({ ...needed, ...given })
      assert.deepEqual(problems, [])
      return [config.redact.rules.email, config.noise.useless]
    }
    assert.deepEqual(isOn({ redact: true, noise: true }), [true, true])
    assert.deepEqual(isOn({ redact: false, noise: false }), [false, false])
    assert.deepEqual(isOn({ redact: { rules: false } }), [false, true])
  })

  test('options of a plugin are of the type of their default, numbers no less than 0, and lists have texts and expressions', () => {
    const wrong = { slowMs: -1, failedStatus: Number.NaN, ignoreUrls: [5], propagateTraceTo: [{}] }
    const { config, problems } = readConfig({ ...needed, capture: { network: wrong } }, [network])
    assert.deepEqual(
      problems,
      Object.keys(wrong).map(name => `capture.network.${name} is not usable`),
    )
    assert.deepEqual(config.capture.network, network.options)
    const right = {
      slowMs: 0,
      failedStatus: Number.POSITIVE_INFINITY,
      ignoreUrls: ['/poll', /x$/],
      propagateTraceTo: [],
    }
    const read = readConfig({ ...needed, capture: { network: right, longFrames: { minBlockingMs: [5] } } }, [
      network,
      longFrames,
    ])
    assert.deepEqual(read.problems, ['capture.longFrames.minBlockingMs is not usable'])
    assert.deepEqual(read.config.capture.network, right)
  })

  test('shares of levels are numbers from 0 to 1, of levels', () => {
    const readShares = (levelSampleRates: unknown) => readConfig({ ...needed, levelSampleRates })
    assert.deepEqual(readShares({ debug: 0.1, info: 1, trace: 0, warn: undefined }).problems, [])
    for (const bad of [5, 'debug', { debug: 2 }, { debug: '0.1' }, { loud: 1 }, { info: Number.NaN }]) {
      const { config, problems } = readShares(bad)
      assert.deepEqual(problems, ['levelSampleRates is not usable'])
      assert.deepEqual(config.levelSampleRates, {})
    }
  })

  test('the core names each option and each plugin that it can’t honour, and knows the others', () => {
    const { config, problems } = read({
      ...needed,
      sampleRate: 0.5,
      noise: false,
      maxBreadcrumbs: 5,
      timeoutMs: 1,
      redact: { rules: { card: false } },
      plugins: [clicks, csp],
      capture: { network: true },
    })
    assert.deepEqual(problems.sort(), [
      'capture.network needs its plugin, of loki-beacon/capture',
      'there is no option capture.clicks in loki-beacon/core',
      'there is no option maxBreadcrumbs in loki-beacon/core',
      'there is no option noise in loki-beacon/core',
      'there is no option sampleRate in loki-beacon/core',
    ])
    assert.deepEqual([config.plugins, config.timeoutMs, config.redact.rules.card], [[csp], 1, false])
    assert.ok(!Object.keys(featureOptions).some(name => name in config))
  })

  test('without a usable url or key there is nothing to send to', () => {
    const bad = [
      undefined,
      null,
      'https://logs.example.com',
      {},
      { key: 'k' },
      { url: 'https://logs.example.com' },
      { url: 'logs.example.com', key: 'k' },
      { url: 'ftp://logs.example.com', key: 'k' },
      { url: 'javascript:alert(1)', key: 'k' },
      { url: 'https://', key: 'k' },
      { url: 42, key: 'k' },
      { ...needed, key: '' },
      { ...needed, key: 'a/../b' },
      { ...needed, key: 'a?b' },
    ]
    for (const options of bad) {
      const { isUsable, problems } = readConfig(options)
      assert.equal(isUsable, false, JSON.stringify(options))
      assert.ok(problems.length > 0)
    }
  })

  test('the url loses its trailing slash, query and fragment', () => {
    assert.equal(readConfig({ ...needed, url: 'https://logs.example.com/' }).config.url, 'https://logs.example.com')
    assert.equal(readConfig({ ...needed, url: 'https://a.example/t/?x#y' }).config.url, 'https://a.example/t')
  })

  test('whatever is given, it is read without throwing, and usable numbers are positive and finite', () => {
    const values = fc.dictionary(
      fc.constantFrom('url', 'key', 'preset', 'batch', 'maxRecords', '__proto__', 'x'),
      fc.anything(),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          values,
          values.map(batch => ({ ...needed, batch })),
        ),
        given => {
          const { config } = readConfig(given)
          for (const number of Object.values(config.batch)) assert.ok(number > 0 && Number.isFinite(number))
        },
      ),
    )
  })
})
