import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Config, NoiseRule } from '../../../sdk/src/config.ts'
import { createFilters } from '../../../sdk/src/pipeline/filters.ts'
import type { WireError, WireRecord } from '../../../sdk/src/wire.ts'
import { exception } from './exception.ts'

const allOn: Record<NoiseRule, boolean> = {
  scriptError: true,
  resizeObserver: true,
  extensions: true,
  injected: true,
  useless: true,
  thirdPartyCalls: true,
}

const bundled = 'https://a.example/a.js:1:2'
const foreign = 'https://b.example/b.js:3:4'

/** What each rule is there for, and what looks like it and is the page's own business. */
const noise: Record<NoiseRule, { dropped: Partial<WireError>[]; kept: Partial<WireError>[] }> = {
  scriptError: {
    dropped: [
      { message: 'Script error.' },
      { message: 'Script error' },
      { type: 'NonError', message: 'Script error.' },
    ],
    kept: [
      { message: 'Script error.', frames: [{ file: 'https://a.example/a.js', line: 1 }] },
      { message: 'Script error. And more' },
      { message: 'My Script error.' },
    ],
  },
  resizeObserver: {
    dropped: [
      { message: 'ResizeObserver loop limit exceeded' },
      { message: 'ResizeObserver loop completed with undelivered notifications.' },
    ],
    kept: [{ type: 'ReferenceError', message: "Can't find variable: ResizeObserver" }],
  },
  extensions: {
    dropped: [
      'chrome-extension://a/b.js',
      'moz-extension://a/b.js',
      'safari-extension://a/b.js',
      'safari-web-extension://a/b.js',
    ].map(file => ({
      message: 'm',
      frames: [{ function: 'Array.map' }, { file }, { file: 'https://a.example/a.js' }],
    })),
    kept: [
      { message: 'm', frames: [{ file: 'https://a.example/a.js' }, { file: 'chrome-extension://a/b.js' }] },
      { message: 'm', frames: [{ file: 'webkit-masked-url://hidden/' }] },
      { message: 'm', frames: [{ file: 'https://a.example/chrome-extension://a.js' }] },
      { message: 'failed to load chrome-extension://a/b.js' },
    ],
  },
  injected: {
    dropped: [
      "Can't find variable: __gCrWeb",
      "undefined is not an object (evaluating 'window.__firefox__.reader')",
      "Can't find variable: zaloJSV2",
      "Can't find variable: _AutofillCallbackHandler",
      "Can't find variable: instantSearchSDKJSBridgeClearHighlight",
      "Can't find variable: gmo",
      'vv().getRestrictions is not a function',
      'Cannot redefine property: googletag',
      'Cannot redefine property: ethereum',
      'can\'t redefine non-configurable property "solana"',
      'Java exception was raised during method invocation',
      'Java object is gone',
      'Object Not Found Matching Id:3, MethodName:update, ParamCount:4',
    ].map(message => ({ type: 'TypeError', message })),
    kept: [
      { message: "Can't find variable: gmoney" },
      { message: 'Cannot redefine property: cart' },
      { message: 'Object Not Found' },
      { message: 'Failed to fetch' },
    ],
  },
  useless: {
    dropped: [{ type: 'Error', message: '' }],
    kept: [
      { type: 'TypeError', message: '' },
      { message: 'm' },
      { message: '', stack: 'some' },
      { message: '', properties: { code: 7 } },
      { message: '', cause: { type: 'Error', message: 'm' } },
      { type: 'NonError', message: 'undefined' },
    ],
  },
  thirdPartyCalls: {
    dropped: [
      `TypeError: Failed to fetch\n    at Object.lokiBeaconApply [as apply] (${bundled})\n    at track (${foreign})`,
      `lokiBeaconApply@${bundled}\ntrack@${foreign}\n`,
      `send@[native code]\nlokiBeaconApply@${bundled}\n@[native code]\ntrack@${foreign}`,
    ].map(stack => ({ message: 'm', stack, frames: [{ function: 'send' }, { file: foreign, thirdParty: true }] })),
    kept: [
      // A script of the page's had part in it.
      {
        message: 'm',
        stack: `lokiBeaconApply@${bundled}\ntrack@${foreign}\npay@${bundled}`,
        frames: [{ file: foreign, thirdParty: true }, { file: bundled }],
      },
      // The browser shows it without us too.
      { message: 'm', stack: `track@${foreign}`, frames: [{ file: foreign, thirdParty: true }] },
      {
        message: 'm',
        stack: `theirFetch@${foreign}\nlokiBeaconApply@${bundled}\ntrack@${foreign}`,
        frames: [{ file: foreign, thirdParty: true }],
      },
      // Nobody knows whose it is.
      { message: 'm', stack: `lokiBeaconApply@${bundled}` },
      { message: 'Load failed' },
    ],
  },
}

describe('filters', () => {
  for (const [name, { dropped, kept }] of Object.entries(noise)) {
    const rule = name as NoiseRule
    test(`${rule} drops what it is there for, counts it by name, and nothing else`, () => {
      const { stage, counts } = createFilters(config({}))
      for (const error of dropped) assert.equal(stage(exception(error)), 'filtered', error.message)
      assert.deepEqual(counts(), { [rule]: dropped.length })
      for (const error of kept) assert.equal(typeof stage(exception(error)), 'object', error.message)
    })

    test(`${rule} can be turned off alone`, () => {
      const { stage, counts } = createFilters(config({ noise: { ...allOn, [rule]: false } }))
      for (const error of dropped) assert.equal(typeof stage(exception(error)), 'object', error.message)
      assert.equal(counts(), undefined)
    })

    test(`${rule} lets pass what the page itself has logged`, () => {
      const { stage } = createFilters(config({}))
      for (const error of dropped) assert.equal(typeof stage(exception(error, { mechanism: 'log' })), 'object')
    })
  }

  test('thirdPartyCalls lets pass what the page itself has handed over', () => {
    const { stage } = createFilters(config({}))
    for (const error of noise.thirdPartyCalls.dropped)
      assert.equal(typeof stage(exception(error, { mechanism: 'react' })), 'object')
  })

  test('touch exceptions alone', () => {
    const { stage } = createFilters(config({ ignoreErrors: ['m'], allowUrls: ['nowhere'] }))
    const records: WireRecord[] = (['log', 'event', 'measurement'] as const).map(kind => ({
      ...exception({ message: 'm' }),
      kind,
    }))
    for (const record of records) assert.equal(stage(record), record)
  })

  test('ignoreErrors are compared with type and message, those of logged exceptions too', () => {
    const { stage, counts } = createFilters(config({ ignoreErrors: ['TypeError: x', /^AbortError:/, 'offline'] }))
    const errors = [
      { type: 'TypeError', message: 'x is undefined' },
      { type: 'AbortError', message: 'stopped' },
      { message: 'you are offline' },
    ]
    for (const error of errors) assert.equal(stage(exception(error)), 'filtered')
    assert.equal(stage(exception(errors[0]!, { message: 'payment failed', mechanism: 'log' })), 'filtered')
    assert.equal(typeof stage(exception({ type: 'RangeError', message: 'x is undefined' })), 'object')
    assert.deepEqual(counts(), { ignoreErrors: 4 })
  })

  test('denyUrls and allowUrls look at the script that threw, behind what is native', () => {
    const at = (...files: (string | undefined)[]) =>
      exception({ message: 'm', frames: files.map(file => ({ function: 'f', file })) })
    const deny = createFilters(config({ denyUrls: ['widget.example', /\/vendor\//] }))
    assert.equal(deny.stage(at(undefined, 'https://widget.example/w.js', 'https://a.example/a.js')), 'filtered')
    assert.equal(deny.stage(at('https://a.example/vendor/v.js')), 'filtered')
    assert.equal(typeof deny.stage(at('https://a.example/a.js', 'https://widget.example/w.js')), 'object')
    assert.deepEqual(deny.counts(), { denyUrls: 2 })

    const allow = createFilters(config({ allowUrls: ['a.example'] }))
    assert.equal(typeof allow.stage(at(undefined, 'https://a.example/a.js')), 'object')
    assert.equal(allow.stage(at('https://b.example/b.js', 'https://a.example/a.js')), 'filtered')
    assert.deepEqual(allow.counts(), { allowUrls: 1 })
  })

  test('an error of which no script is known passes denyUrls and allowUrls', () => {
    const { stage } = createFilters(config({ denyUrls: [/./], allowUrls: ['nowhere'] }))
    assert.equal(typeof stage(exception({ message: 'm' })), 'object')
    assert.equal(typeof stage(exception({ message: 'm', frames: [{ function: 'Array.map' }] })), 'object')
  })

  test('expressions with a memory of their own match each time, and are left as they were', () => {
    const expressions = [/boom/g, /boom/y, Object.freeze(/boom/gi)]
    for (const expression of expressions) {
      const { stage } = createFilters(config({ ignoreErrors: [expression] }))
      for (let i = 0; i < 4; i++) assert.equal(stage(exception({ message: 'boom' })), 'filtered', String(expression))
      assert.equal(expression.lastIndex, 0)
    }
  })

  test('an expression that is none matches nothing and does no harm', () => {
    const { stage } = createFilters(config({ ignoreErrors: [Object.create(RegExp.prototype), 'boom'] }))
    assert.equal(typeof stage(exception({ message: 'm' })), 'object')
    assert.equal(stage(exception({ message: 'boom' })), 'filtered')
  })
})

function config(options: Partial<Config>): Parameters<typeof createFilters>[0] {
  return { noise: allOn, ignoreErrors: [], denyUrls: [], allowUrls: [], ...options }
}
