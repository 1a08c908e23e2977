import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createScrub } from '../../../relay/src/process/scrub.ts'
import { isSecretKey, keyExamples, redacted, textRules } from '../../../relay/src/process/scrubPatterns.ts'
import type { RelayRecord } from '../../../relay/src/record.ts'

describe('keys', () => {
  for (const key of keyExamples.matches) test(`${key} is secret`, () => assert.ok(isSecretKey(key)))
  for (const key of keyExamples.misses) test(`${key} is not`, () => assert.ok(!isSecretKey(key)))
})

for (const rule of textRules) {
  describe(rule.name, () => {
    for (const [text, result] of rule.matches)
      test(`is found in: ${text}`, () => assert.equal(scrubMessage(text), result))
    for (const text of rule.misses) test(`is not seen in: ${text}`, () => assert.equal(apply(rule, text), text))
  })
}

test('no rule needs more than a blink for a long hostile text', () => {
  const seeds = [
    'a',
    '1',
    '1 ',
    '@',
    'a@',
    'a@a.',
    'eyJ',
    '-eyJaaaaaaaa',
    'eyJaaaaaaaa.',
    'bearer ',
    'bearer a',
    '://',
    'a://',
    'a://b',
    '?token=',
    '?a=',
    '1-',
    ' ',
    '4111 ',
    'A.',
  ]
  for (const seed of seeds) {
    const text = seed.repeat(Math.ceil(262_144 / seed.length))
    const startMs = performance.now()
    scrubMessage(text)
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < 250, `${JSON.stringify(seed)} took ${Math.round(tookMs)} ms`)
  }
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
    message: text,
    attributes: {
      a: text,
      list: [text, { deep: text }],
      password: { anything: 'hunter2' },
      card: 4111111111111111,
      hasPassword: true,
      token: null,
    },
    error: {
      type: 'E',
      message: text,
      stack: text,
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
  assert.equal(context.page, 'p')
  assert.equal(context.user!.id, 'u1')
})

const empty: RelayRecord = { n: 1, timestampUs: 0, kind: 'log', level: 'info', message: '' }

function scrubMessage(message: string): string {
  return createScrub().record({ ...empty, message }).message
}

function apply({ hint, pattern, replace }: (typeof textRules)[number], text: string): string {
  return hint.test(text) ? text.replace(pattern, replace) : text
}
