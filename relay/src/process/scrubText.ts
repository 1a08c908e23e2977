import { compileCustomRule } from '../customRule.ts'
import type { RedactConfig } from '../redactRules.ts'
import { textRules } from '../textRules.ts'
import { signBits, signsOf } from '../textSigns.ts'

const always = 1 << 30

/** Applies the rules that are on, in the order of the table, and then those of the operator. */
export function createScrubText({ rules, custom }: Pick<RedactConfig, 'rules' | 'custom'>): (text: string) => string {
  const on = textRules
    .filter(({ name }) => rules.includes(name))
    .map(({ signs, pattern, replace }) => ({ signs: signs ? signBits(signs) : always, pattern, replace }))
  const anySign = on.reduce((sum, { signs }) => sum | signs, 0)
  const own = custom.map(compileCustomRule)

  function apply(text: string): string {
    const found = (signsOf(text) | always) & anySign
    if (found === 0) return text
    let result = text
    for (const { signs, pattern, replace } of on) if ((signs & found) !== 0) result = result.replace(pattern, replace)
    return result
  }

  if (own.length === 0) return apply
  return text => own.reduce((result, rule) => rule(result), apply(text))
}
