import { compileCustomRule } from '../customRule.ts'
import type { RedactConfig } from '../redactRules.ts'
import { textRules } from '../textRules.ts'
import { signBits, signsOf } from '../textSigns.ts'

const always = 1 << 30

/** Applies the rules that are on, in the order of the table, and then those of the operator. */
export function createScrubText({ rules, custom }: Pick<RedactConfig, 'rules' | 'custom'>): (text: string) => string {
  const on = textRules
    .filter(({ name }) => rules.includes(name))
    .map(({ signs, ...rule }) => ({ ...rule, signs: signs ? signBits(signs) : always }))
  const anySign = on.reduce((sum, { signs }) => sum | signs, 0)
  const shortest = Math.min(...on.map(({ minChars }) => minChars))
  const own = custom.map(compileCustomRule)

  function apply(text: string): string {
    if (text.length < shortest) return text
    const found = (signsOf(text) | always) & anySign
    if (found === 0) return text
    let result = text
    for (const { signs, hint, pattern, replace } of on)
      if ((signs & found) !== 0 && (hint?.test(result) ?? true)) result = result.replace(pattern, replace)
    return result
  }

  if (own.length === 0) return apply
  return text => own.reduce((result, rule) => rule(result), apply(text))
}
