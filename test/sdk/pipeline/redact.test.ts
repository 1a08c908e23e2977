import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createScrub } from '../../../relay/src/process/scrub.ts'
import { pairExamples } from '../../../relay/src/process/scrubPairs.ts'
import { keyExamples } from '../../../relay/src/process/secretKeys.ts'
import type { RelayRecord } from '../../../relay/src/record.ts'
import { textRules as relayRules, type TextRuleName } from '../../../relay/src/textRules.ts'
import { readConfig } from '../../../sdk/src/api/readConfig.ts'
import type { RedactOptions, RedactRule } from '../../../sdk/src/config.ts'
import { createRedact } from '../../../sdk/src/pipeline/redact.ts'
import { textRules } from '../../../sdk/src/pipeline/textRules.ts'
import { createAddresses } from '../../../sdk/src/web/addresses.ts'
import type { WireAttributes, WireRecord } from '../../../sdk/src/wire.ts'
import { pairSeeds, textSeeds } from '../../support/textSeeds.ts'

/** What the relay does under another name. */
const sameRules: Record<Exclude<RedactRule, 'keys'>, TextRuleName[]> = {
  jwt: ['jwt'],
  bearer: ['authorization'],
  tokens: ['apiKey', 'privateKey'],
  email: ['email'],
  card: ['card'],
  iban: ['iban'],
}
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
/** More than the relay has. */
const examples: Record<RedactRule, { matches: (readonly [text: string, result: string])[]; misses: string[] }> = {
  keys: {
    matches: [
      ...pairExamples.matches,
      ['?sig=abc&next=https://x.example/?token=abc', '?sig=[redacted]&next=https://x.example/'],
      ['session id: 123abc, sessionId=abc', 'session id: [redacted], sessionId=[redacted]'],
    ],
    misses: [...pairExamples.misses],
  },
  jwt: { matches: [[`(${jwt})`, '([redacted])']], misses: [] },
  bearer: { matches: [['BEARER abc123def456', 'BEARER [redacted]']], misses: ['Bearer of JavaScript news'] },
  email: {
    matches: [
      ['j\u00f6rg@m\u00fcller.example', '[redacted]'],
      ['mailto:jane@x.example?subject=hi', 'mailto:[redacted]?subject=hi'],
    ],
    misses: ['https://medium.example/@jane.doe'],
  },
  card: { matches: [['5 4111 1111 1111 1111', '5 [redacted]']], misses: ['2026-11-21 10:00:00 4111'] },
  iban: { matches: [['DE89 3704 0044 0532 0130 00 THANK YOU', '[redacted] THANK YOU']], misses: [] },
  tokens: { matches: [], misses: ['task-force-of-the-north-and-of-the-south', 'max_tokens_to_sample'] },
}

for (const name of Object.keys(examples) as RedactRule[]) {
  describe(`the rule ${name}`, () => {
    const ofRelay = relayRules.filter(rule => name !== 'keys' && sameRules[name].includes(rule.name))
    const matches = [...ofRelay.flatMap(rule => rule.matches), ...examples[name].matches]
    const misses = [...ofRelay.flatMap(rule => rule.misses), ...examples[name].misses]
    for (const [text, ofRule] of matches)
      test(`redacts ${text.slice(0, 80)}`, () => {
        const { redact } = redactOf({ rules: only(name) })
        // An address loses its credentials in any case.
        const result = ofRule.replace('https://[redacted]@', 'https://')
        assert.equal(redact.text(text), result)
        const around = 'Lorem ipsum dolor sit amet \u7dda, consectetur '
        // Only the beginning of a line tells some apart.
        if (/^\w/.test(text)) assert.equal(redact.text(`${around}${text}`), `${around}${result}`)
      })
    for (const text of misses)
      test(`leaves ${text}`, () => assert.equal(redactOf({ rules: only(name) }).redact.text(text), text))
    test('does nothing where it is off', () => {
      const { redact } = redactOf({ rules: { ...only('jwt'), jwt: false } })
      for (const [text] of matches) assert.equal(redact.text(text), createAddresses([]).showIn(text))
    })
  })
}

describe('keys', () => {
  const more = ['sessionId', 'session-id', 'SIGNING_KEY', 'X-Auth-Token', 'connect.sid', 'ASP.NET_SessionId']
  for (const key of [...keyExamples.matches, ...more])
    test(`the value of ${key} is redacted`, () =>
      assert.deepEqual(attributesOf({ [key]: 'x' }), { [key]: '[redacted]' }))
  for (const key of [...keyExamples.misses, ''])
    test(`the value of ${key || 'no name'} stays`, () => assert.deepEqual(attributesOf({ [key]: 'x' }), { [key]: 'x' }))

  test('values of any kind are redacted; whether there is one, and how many tokens, may be told', () => {
    assert.deepEqual(attributesOf({ password: { a: 1 }, secret: ['x'], pin: 1234, otp: '' }), {
      password: '[redacted]',
      secret: '[redacted]',
      pin: '[redacted]',
      otp: '[redacted]',
    })
    const told = { hasPassword: true, token: null, maxTokens: 512, tokens: 3, pass: 12 }
    assert.deepEqual(attributesOf(told), told)
  })

  test('those of the host count too: texts by their words, expressions as they match, whatever their flags', () => {
    const options = { keys: ['customerNumber', /^x-\d+$/g] }
    const given = { new_customer_number: 'a', 'customer-name': 'b', 'x-1': 'c', 'x-2': 'd', 'X-3': 'e', password: 'f' }
    for (let round = 0; round < 2; round++)
      assert.deepEqual(attributesOf(given, options), {
        new_customer_number: '[redacted]',
        'customer-name': 'b',
        'x-1': '[redacted]',
        'x-2': '[redacted]',
        'X-3': 'e',
        password: '[redacted]',
      })
    assert.equal(attributesOf(given, { ...options, rules: { keys: false } }).password, 'f')
    assert.equal(attributesOf(given, { ...options, rules: { keys: false } })['x-1'], '[redacted]')
  })

  test('that hold personal data are redacted themselves, and none is lost', () => {
    assert.deepEqual(attributesOf({ 'a@x.example': 1, 'b@x.example': 2, plain: 3, 'token of c@x.example': 'x' }), {
      plain: 3,
      '[redacted]': 1,
      '[redacted]2': 2,
      'token of [redacted]': '[redacted]',
    })
  })

  test('many different ones are no trouble', () => {
    const { redact } = redactOf()
    for (let i = 0; i < 3000; i++)
      assert.deepEqual(redact.attributes({ [`k${i}`]: 'x', password: 'x' }), { [`k${i}`]: 'x', password: '[redacted]' })
  })
})

describe('records', () => {
  const text = `jane@x.example ${jwt} 4111 1111 1111 1111 https://a:b@x.example/y?q=canary#canary`
  const clean = '[redacted] [redacted] [redacted] https://x.example/y'

  test('are redacted in every text that a page can fill', () => {
    const { redact } = redactOf()
    const attributes = () => ({ a: text, list: [text, { deep: text }], password: 'x', card: 4111111111111111, n: 7 })
    const cleaned = { a: clean, list: [clean, { deep: clean }], password: '[redacted]', card: '[redacted]', n: 7 }
    const error = (more: object) => ({
      type: text,
      message: text,
      stack: `${text}\n  at f (${text}:1:2)`,
      frames: [{ function: 'f', file: 'https://x.example/a.js?canary', line: 1 }, { function: 'g' }],
      properties: attributes(),
      ...more,
    })
    const cleanError = (more: object) => ({
      type: clean,
      message: clean,
      stack: `${clean}\n  at f (${clean}:1:2)`,
      frames: [{ function: 'f', file: 'https://x.example/a.js', line: 1 }, { function: 'g' }],
      properties: cleaned,
      ...more,
    })
    const result = redact.stage(
      recordOf({
        message: text,
        attributes: attributes(),
        error: error({ cause: error({ errors: [error({})] }) }),
        breadcrumbs: [{ t: 1, category: 'click', message: text, data: { url: text, password: 'x', n: 1 } }],
      }),
    )
    assert.deepEqual(
      result,
      recordOf({
        message: clean,
        attributes: cleaned,
        error: cleanError({ cause: cleanError({ errors: [cleanError({})] }) }),
        breadcrumbs: [{ t: 1, category: 'click', message: clean, data: { url: clean, password: '[redacted]', n: 1 } }],
      }),
    )
  })

  test('of a measurement say in its values what they say in its text, and the numbers stay', () => {
    const { redact } = redactOf()
    const values = { 'time of jane@x.example': 5, 'time of joe@x.example': 6, token: 7, lcp: 4111111111111111 }
    const given = recordOf({ kind: 'measurement', message: 'time of jane@x.example', values })
    assert.deepEqual(
      redact.stage(given),
      recordOf({
        kind: 'measurement',
        message: 'time of [redacted]',
        values: { 'time of [redacted]': 5, 'time of [redacted]2': 6, token: 7, lcp: 4111111111111111 },
      }),
    )
    // A plugin may measure into the same object again.
    assert.equal(values['time of jane@x.example'], 5)
  })

  test('of an error lose the queries of its addresses before anything is made of them', () => {
    const { redact } = redactOf()
    const error = { type: 'Error', message: text, stack: 'at f (https://x.example/a.js?q=canary:1:2)' }
    const { error: shown, message } = redact.addresses(recordOf({ message: text, error })) as WireRecord
    assert.equal(shown!.stack, 'at f (https://x.example/a.js:1:2)')
    assert.match(`${message} ${shown!.message}`, /^(jane@x\.example .*https:\/\/x\.example\/y ?){2}$/)
    assert.equal(error.message, text)
  })

  test('are left as they are where all is off', () => {
    const { redact } = redactOf(false, false)
    const record = recordOf({
      message: jwt,
      attributes: { password: 'jane@x.example https://x/?q=1#2', c: 4111111111111111 },
    })
    assert.deepEqual(redact.stage(structuredClone(record)), record)
  })
})

describe('expressions of the host', () => {
  test('replace what they match, whatever their flags, also in short texts and in keys', () => {
    const { redact } = redactOf({ patterns: [/K-\d+/y, /customer \w+/gi, /b*/] })
    for (let round = 0; round < 2; round++)
      assert.deepEqual(redact.attributes({ a: 'K-1', text: 'x K-12 Customer Jane', 'K-7': 1 }), {
        a: '[redacted]',
        text: 'x [redacted] [redacted]',
        '[redacted]': 1,
      })
  })

  test('that are slow are told of, and kept from long texts, which are redacted as a whole', () => {
    let nowMs = 0
    const { redact, faults } = redactOf({ patterns: [/q/] }, [], () => (nowMs += 60))
    assert.deepEqual(
      [1, 2, 3, 4].map(() => redact.text('a long text')),
      ['a long text', 'a long text', 'a long text', '[redacted]'],
    )
    assert.equal(redact.text('short'), 'short')
    assert.equal(faults.length, 1)
  })
})

const pieces = [
  ...relayRules.flatMap(({ matches, misses }) => [...matches.map(([text]) => text), ...misses]),
  ...Object.values(examples).flatMap(({ matches, misses }) => [...matches.map(([text]) => text), ...misses]),
]
const seeds = [...textSeeds, ...pairSeeds]

test('of a number that is written with spaces all is redacted, also where its name alone is secret', () => {
  const text = 'card_number=4111 1111 1111 1111, iban: DE89 3704 0044 0532 0130 00'
  assert.equal(redactOf().redact.text(text), 'card_number=[redacted], iban: [redacted]')
})

test('what is redacted stays as it is when it is redacted again, here or in the relay', () => {
  const { redact } = redactOf()
  const scrub = createScrub()
  const anyText = fc.array(fc.oneof(fc.constantFrom(...pieces, ...seeds), fc.string()), { maxLength: 6 })
  fc.assert(
    fc.property(anyText, parts => {
      // Not by spaces alone: two numbers so divided read as one, of which a card may come to light the second time.
      const once = redact.text(parts.join(' | '))
      assert.equal(redact.text(once), once)
      const { message } = scrub.record({ message: once } as RelayRecord)
      assert.equal(redact.text(message), message)
    }),
    { numRuns: 2000 },
  )
})

test('any text is redacted alike with and without the look for signs', () => {
  for (const [name, { sign, pattern, replace }] of Object.entries(textRules)) {
    const { redact } = redactOf({ rules: only(name as RedactRule) })
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ' '), { maxLength: 4 }), parts => {
        const text = createAddresses([]).showIn(parts.join(' '))
        const expected = text.replace(pattern, replace)
        assert.equal(redact.text(text), expected)
        if (expected !== text) assert.match(text, sign)
      }),
      { numRuns: 500 },
    )
  }
})

test('a hostile text of 64 KiB, longer than any of a record, needs less than 50 ms', () => {
  const { redact } = redactOf()
  // The machine of a test may be slow, and has other things to do.
  const slack = 4
  for (const seed of seeds) {
    const text = seed.repeat(Math.ceil(2 ** 16 / seed.length))
    for (const hostile of [text, `token: ${text}`, `token='${text}`]) {
      const before = process.cpuUsage()
      redact.text(hostile)
      redact.attributes({ [hostile]: 1 })
      const { user, system } = process.cpuUsage(before)
      const tookMs = (user + system) / 1000
      assert.ok(tookMs < 50 * slack, `${JSON.stringify(hostile.slice(0, 40))} took ${tookMs} ms`)
    }
  }
})

function redactOf(options: boolean | RedactOptions = true, allowed: false | string[] = [], monotonicMs = () => 0) {
  const stripUrlQuery = allowed && { allow: allowed }
  const { config, problems } = readConfig({ url: '/x', key: 'k', redact: options, stripUrlQuery })
  assert.deepEqual(
    problems.filter(problem => /redact|strip/.test(problem)),
    [],
  )
  const faults: string[] = []
  const redact = createRedact({
    redact: config.redact,
    addresses: createAddresses(config.allowedQuery),
    monotonicMs,
    onFault: fault => faults.push(fault),
  })
  return { redact, faults }
}

function attributesOf(given: WireAttributes, options: RedactOptions = {}): WireAttributes {
  return redactOf(options).redact.attributes({ ...given })
}

function only(name: RedactRule): Record<RedactRule, boolean> {
  const names = Object.keys(examples) as RedactRule[]
  return Object.fromEntries(names.map(each => [each, each === name])) as Record<RedactRule, boolean>
}

function recordOf(more: Partial<WireRecord>): WireRecord {
  return { n: 1, t: 1795210478963.25, kind: 'exception', level: 'error', message: 'x', ...more }
}
