import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCustomRule, customPatternProblem } from '../../../relay/src/customRule.ts'

test('a rule of the operator replaces each of its matches', () => {
  const rule = compileCustomRule({ pattern: '\\bC-[0-9]{6,10}\\b' })
  assert.equal(rule('C-123456 and C-7654321, not C-1'), '[redacted] and [redacted], not C-1')
  assert.equal(compileCustomRule({ pattern: '(?i)patient \\w+' })('Patient Doe \u{1f600}.'), '[redacted] \u{1f600}.')
  assert.equal(rule('nothing of it'), 'nothing of it')
})

const refused: [pattern: string, why: RegExp][] = [
  ['(?<=a)b', /lookaround/],
  ['a(?!b)', /lookaround/],
  ['(a)\\1', /backreferences/],
  ['(a', /missing closing \)/],
  ['a{2000}', /repeat count/],
  ['(?:a{1,100}){1,10}', /too large/],
  ['a*', /empty text/],
  ['', /empty text/],
]
for (const [pattern, why] of refused)
  test(`the pattern ${pattern || 'without anything'} is refused`, () =>
    assert.match(customPatternProblem(pattern)!, why))

test('no pattern can be made to need long: what all searches could not look at goes whole', () => {
  const hostile: [pattern: string, seed: string][] = [
    ['(a+)+$', 'a'],
    ['(a+)+b', 'a'],
    ['(x+x+)+y', 'x'],
    // A search for each character, and each of them looks to the end.
    ['x(?:.*y)?', 'x'],
    ['(?:[a-q][^u-z]{13}){5}x', 'axbycz'],
    ['.{1,200}z', 'a'],
    ['[ab]*a[ab]{12}c', 'abaab'],
  ]
  for (const [pattern, seed] of hostile) {
    const rule = compileCustomRule({ pattern })
    const text = seed.repeat(Math.ceil(1024 ** 2 / seed.length))
    const before = process.cpuUsage()
    const result = rule(text)
    const { user, system } = process.cpuUsage(before)
    const tookMs = (user + system) / 1000
    assert.ok(tookMs < 2000, `${pattern} took ${tookMs} ms`)
    if (pattern.startsWith('x(')) assert.ok(!result.includes('x') && result.endsWith('[redacted]'))
  }
})

test('a long text with few matches is replaced in full', () => {
  const rule = compileCustomRule({ pattern: 'C-[0-9]{6}' })
  const text = `${'some words, '.repeat(500)}C-123456, `
  assert.equal(rule(text.repeat(10)), text.replace('C-123456', '[redacted]').repeat(10))
})
