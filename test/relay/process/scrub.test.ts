import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createScrub } from '../../../relay/src/process/scrub.ts'
import { pairExamples } from '../../../relay/src/process/scrubPairs.ts'
import { isSecretKey, keyExamples } from '../../../relay/src/process/secretKeys.ts'
import type { RelayRecord } from '../../../relay/src/record.ts'
import { defaultRedact, type RuleName, ruleNames } from '../../../relay/src/redactRules.ts'
import { redacted, textRules } from '../../../relay/src/textRules.ts'
import { signsOf } from '../../../relay/src/textSigns.ts'
import { pairSeeds, textSeeds } from '../../support/textSeeds.ts'

/** The machine of a test may be slow, and has other things to do. */
const slack = 4

describe('keys', () => {
  for (const key of keyExamples.matches) test(`${key} is secret`, () => assert.ok(isSecretKey(key)))
  for (const key of keyExamples.misses) test(`${key} is not`, () => assert.ok(!isSecretKey(key)))
})

describe('secret names in a text', () => {
  for (const [text, result] of pairExamples.matches)
    test(`lose their value in: ${text}`, () => {
      assert.equal(scrubMessage(text, ['secretKeys']), result)
      assert.equal(scrubMessage(`Lorem ipsum; ${text}`, ['secretKeys']), `Lorem ipsum; ${result}`)
      assert.equal(scrubMessage(result, ['secretKeys']), result)
      assert.equal(scrubMessage(text, []), text)
    })
  for (const text of pairExamples.misses)
    test(`are not seen in: ${text}`, () => assert.equal(scrubMessage(text, ['secretKeys']), text))

  test('lose all of a number that is written with spaces', () => {
    const text = 'card_number=4111 1111 1111 1111, iban: DE89 3704 0044 0532 0130 00'
    assert.equal(scrubMessage(text, defaultRedact.rules), `card_number=${redacted}, iban: ${redacted}`)
  })

  test('may be those of the operator alone', () => {
    const scrub = createScrub({ rules: [], keys: ['customerNumber'], custom: [] })
    const message = 'customer_number=C1 password=x sig=x'
    assert.equal(scrub.record({ ...empty, message }).message, `customer_number=${redacted} password=x sig=x`)
  })

  test('need less than 50 ms for a hostile text of 256 KiB, longer than any of a record', () => {
    for (const seed of [...textSeeds, ...pairSeeds]) {
      const text = seed.repeat(Math.ceil(2 ** 18 / seed.length))
      for (const hostile of [text, `token: ${text}`, `token='${text}`]) {
        const took = cpuMs(() => scrubMessage(hostile, ['secretKeys']))
        assert.ok(took < 50 * slack, `${JSON.stringify(seed)} took ${took} ms`)
      }
    }
  })
})

for (const rule of textRules) {
  describe(rule.name, () => {
    for (const [text, result] of rule.matches)
      test(`is found in: ${text.slice(0, 80)}`, () => {
        assert.equal(scrubMessage(text, [rule.name]), result)
        for (const [match] of text.matchAll(rule.pattern)) assert.ok(match.length >= rule.minChars, match)
        // Wherever it stands.
        const around = 'Lorem ipsum dolor sit amet, \u7dda consectetur; '.repeat(3)
        assert.equal(scrubMessage(around + text, [rule.name]), around + result)
      })
    for (const text of rule.misses)
      test(`is not seen in: ${text}`, () => assert.equal(text.replace(rule.pattern, rule.replace), text))
    test('finds nothing where it is off', () => {
      for (const [text] of rule.matches) assert.equal(scrubMessage(text, []), text)
    })
    test('needs less than 50 ms for a hostile text of 1 MiB', () => {
      for (const seed of textSeeds) {
        const text = seed.repeat(Math.ceil(1024 ** 2 / seed.length))
        const took = cpuMs(() => text.replace(rule.pattern, rule.replace))
        assert.ok(took < 50 * slack, `${JSON.stringify(seed)} took ${took} ms`)
      }
    })
  })
}

test('the signs of all rules together need less than 50 ms for a hostile text of 1 MiB', () => {
  for (const seed of [...textSeeds, 'ABCDEFGHIJKl', 'abcdefghijklmnopqrs.']) {
    const text = seed.repeat(Math.ceil(1024 ** 2 / seed.length))
    const took = cpuMs(() => signsOf(text))
    assert.ok(took < 50 * slack, `${JSON.stringify(seed)} took ${took} ms`)
  }
})

test('any text is redacted alike with and without the look for signs', () => {
  const pieces = [
    ...textRules.flatMap(({ matches, misses }) => [...matches.map(([text]) => text), ...misses]),
    ...textSeeds,
  ]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 6 }), parts => {
      const text = parts.join('')
      const expected = textRules.reduce((result, { pattern, replace }) => result.replace(pattern, replace), text)
      const ofTexts = ruleNames.filter(name => name !== 'secretKeys')
      assert.equal(scrubMessage(text, ofTexts), expected)
    }),
    { numRuns: 2000 },
  )
})

test('secrets are replaced wherever a record or a context can hold text', () => {
  const secrets = {
    mail: 'jane.doe@mail.example.com',
    jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    card: '4111 1111 1111 1111',
    bearer: 'Bearer abc123def456',
    query: 'https://a.example/?access_token=abcdef',
  }
  const text = Object.values(secrets).join(' | ')
  const scrub = createScrub()
  const record = scrub.record({
    ...empty,
    kind: 'exception',
    message: text,
    breadcrumbs: [{ t: 1, category: text, message: text, data: { text, password: 'hunter2', email: secrets.mail } }],
    fingerprint: secrets.jwt.slice(0, 64),
    attributes: {
      a: text,
      list: [text, { deep: text }],
      password: { anything: 'hunter2' },
      card: 4111111111111111,
      hasPassword: true,
      token: null,
      maxTokens: 512,
      pass: 12,
      pin: 1234,
    },
    error: {
      type: 'E',
      message: text,
      stack: text,
      frames: [{ function: text, file: text, line: 1 }],
      cause: { type: 'C', message: text, properties: { apiKey: 'k-123' } },
      errors: [{ type: 'E', message: text }],
    },
  })
  const context = scrub.context({
    page: 'p',
    url: text,
    user: { id: 'u1', email: secrets.mail },
    custom: { text, cookie: 'a=b' },
    release: text,
    route: text,
    view: secrets.card.replaceAll(' ', ''),
    memoryGb: 8,
  })
  const all = JSON.stringify([record, context])
  for (const secret of [
    ...Object.values(secrets),
    'hunter2',
    'k-123',
    'a=b',
    '4111111111111111',
    'abc123def456',
    'abcdef"',
  ])
    assert.ok(!all.includes(secret), secret)
  assert.equal(record.attributes!.password, redacted)
  assert.equal(record.attributes!.hasPassword, true)
  assert.equal(record.attributes!.token, null)
  assert.deepEqual([record.attributes!.maxTokens, record.attributes!.pass, record.attributes!.pin], [512, 12, redacted])
  assert.equal(context.page, 'p')
  assert.equal(context.user!.id, 'u1')
})

test('names that a page gives are text too, and none is lost', () => {
  const { attributes, values } = createScrub().record({
    ...empty,
    attributes: { 'a@b.io': 1, 'c@d.io': { 'e@f.io': true }, plain: 2, [redacted]: 3 },
    values: { 'a@b.io': 1, lcp: 2 },
  })
  assert.deepEqual(attributes, {
    [`${redacted}2`]: 1,
    [`${redacted}3`]: { [redacted]: true },
    plain: 2,
    [redacted]: 3,
  })
  assert.deepEqual(values, { [redacted]: 1, lcp: 2 })
})

test('ids that hold a secret are left out, and ordinary ones stay as they are', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  const scrub = createScrub()
  assert.deepEqual(ids(scrub.context({ session: jwt, page: '4111111111111111' })), [undefined, undefined])
  // All digits, with the check digit of a card number.
  const uuid = '41111111-1111-1111-8111-111111111111'
  assert.deepEqual(ids(scrub.context({ session: uuid, page: 'p1' })), [uuid, 'p1'])

  function ids({ session, page }: { session?: string; page?: string }) {
    return [session, page]
  }
})

test('own keys are secret however their words are joined, and name parts of the context too', () => {
  const scrub = createScrub({ ...defaultRedact, keys: ['customerNumber', 'user'] })
  const { attributes } = scrub.record({
    ...empty,
    attributes: { customerNumber: 'x', new_customer_number: 'x', 'Customer-Number': 7, customer: 'stays', number: 1 },
  })
  assert.deepEqual(attributes, {
    customerNumber: redacted,
    new_customer_number: redacted,
    'Customer-Number': redacted,
    customer: 'stays',
    number: 1,
  })
  assert.equal(scrub.context({ user: { id: 'u1' } }).user, undefined)
})

const empty: RelayRecord = { n: 1, timestampUs: 0, kind: 'log', level: 'info', message: '' }

function scrubMessage(message: string, rules: readonly RuleName[]): string {
  return createScrub({ ...defaultRedact, rules }).record({ ...empty, message }).message
}

/** The best of three, since what else runs counts too. */
function cpuMs(work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}
