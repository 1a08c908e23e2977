import { textRules } from './textRules.ts'

/** What is replaced in the records of an app. */
export interface RedactConfig {
  /** Rules that are on. */
  rules: readonly RuleName[]
  /** Keys whose values are taken out, beside those of the rule `secretKeys`. */
  keys: readonly string[]
  custom: readonly CustomRuleConfig[]
}

export interface CustomRuleConfig {
  name: string
  /** A regular expression in the syntax of RE2. */
  pattern: string
}

/** The rule that goes by names: see `process/secretKeys.ts` and `process/scrubPairs.ts`. */
const keyRule = {
  name: 'secretKeys',
  description:
    'the whole value of an attribute whose key says that it is secret, such as `password`, `apiKey`, `Set-Cookie` or `card_number`, and of such a name within a text: `password=...`, `"password": "..."`, `password: ...`',
  byDefault: true,
} as const

export const allRules = [keyRule, ...textRules] as const
export type RuleName = (typeof allRules)[number]['name']
export const ruleNames: readonly RuleName[] = allRules.map(({ name }) => name)

/** What is on where nothing is said. */
export const defaultRedact: RedactConfig = {
  rules: allRules.filter(({ byDefault }) => byDefault).map(({ name }) => name),
  keys: [],
  custom: [],
}
