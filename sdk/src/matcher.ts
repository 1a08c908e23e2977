import type { Matcher } from './config.ts'

/** Whether a text contains one of the texts, or matches one of the expressions, that the host gave. */
export function createMatcher(matchers: readonly Matcher[]): (text: string) => boolean {
  // Copies: with `g` or `y` an expression remembers where it was, and the host's own must not move.
  const tests = matchers.flatMap(matcher => {
    try {
      return typeof matcher === 'string' ? matcher : new RegExp(matcher.source, matcher.flags.replace(/[gy]/g, ''))
    } catch {
      // Made by hand to look like one: it matches nothing.
      return []
    }
  })
  return text => tests.some(test => (typeof test === 'string' ? text.includes(test) : test.test(text)))
}
