import { compileCustomRule } from '../customRule.ts'
import type { RedactConfig } from '../redactRules.ts'
import { textRules } from '../textRules.ts'
import { signBits, signsOf } from '../textSigns.ts'
import { createScrubPairs } from './scrubPairs.ts'

const always = 1 << 30

/**
 * Applies the rules that are on, in the order of the table, then looks for pairs of secret names and values, if any are, and
 * then applies the rules of the operator. Pairs come late, since of a card number with spaces they take the first part alone;
 * where they took something the table's rules look again.
 */
export function createScrubText(
  { rules, custom }: Pick<RedactConfig, 'rules' | 'custom'>,
  isSecret?: (name: string) => boolean,
): (text: string) => string {
  const on = textRules
    .filter(({ name }) => rules.includes(name))
    .map(({ signs, ...rule }) => ({ ...rule, signs: signs ? signBits(signs) : always }))
  const anySign = on.reduce((sum, { signs }) => sum | signs, 0)
  const shortest = Math.min(...on.map(({ minChars }) => minChars))
  const scrubPairs = isSecret && createScrubPairs(isSecret)
  const ofOperator = custom.map(compileCustomRule)

  function apply(text: string): string {
    if (text.length < shortest) return text
    const found = (signsOf(text) | always) & anySign
    if (found === 0) return text
    let result = text
    for (const { signs, hint, pattern, replace } of on)
      if ((signs & found) !== 0 && (hint?.test(result) ?? true)) result = result.replace(pattern, replace)
    return result
  }

  function applyAll(text: string): string {
    const ruled = apply(text)
    const paired = scrubPairs!(ruled)
    // What a pair took may have kept a rule from what stands beside it.
    return paired === ruled ? ruled : apply(paired)
  }

  const scrub = scrubPairs ? applyAll : apply
  if (ofOperator.length === 0) return scrub
  return text => ofOperator.reduce((result, rule) => rule(result), scrub(text))
}
