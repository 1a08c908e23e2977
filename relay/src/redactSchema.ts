import { z } from 'zod'
import { boolean, text } from './configTypes.ts'
import { parseBoolean } from './configValues.ts'
import { customPatternProblem } from './customRule.ts'
import { defaultRedact, type RedactConfig, type RuleName, ruleNames } from './redactRules.ts'

const maxCustomRules = 20
const maxKeys = 100

const error = 'must be true, false, a list of the rules that are on, or rules with their switches such as { ip: true }'
const flag = z.preprocess(parseBoolean, z.boolean({ error }))
const noRule = `must be a list of rules; they are ${ruleNames.join(', ')}`

const custom = z.strictObject(
  {
    name: text(/^[A-Za-z][A-Za-z0-9_-]{0,49}$/, 'must be a name of up to 50 letters, digits and _ -').refine(
      name => !ruleNames.some(rule => rule === name),
      { error: 'is that of a rule of the relay; take another' },
    ),
    pattern: z
      .string({ error: 'must be a regular expression as text' })
      .min(1, { error: 'must not be empty' })
      .max(500, { error: 'must be at most 500 characters' })
      .superRefine((pattern, context) => {
        const problem = customPatternProblem(pattern)
        if (problem !== undefined) context.addIssue({ code: 'custom', message: `can't be used: ${problem}` })
      }),
  },
  { error: "must be a rule such as { name: customer, pattern: 'C-[0-9]{6,10}' }" },
)

const switches = z.strictObject({
  ...(Object.fromEntries(ruleNames.map(name => [name, boolean.optional()])) as Record<
    RuleName,
    z.ZodOptional<typeof boolean>
  >),
  keys: z
    .array(text(/^[^\p{C}]{1,100}$/u, 'must be a key of up to 100 characters'), {
      error: 'must be a list of keys, such as [customerNumber]',
    })
    .max(maxKeys, { error: `must be at most ${maxKeys} keys` })
    .optional(),
  custom: z
    .array(custom, { error: 'must be a list of rules, each with name and pattern' })
    .max(maxCustomRules, { error: `must be at most ${maxCustomRules} rules` })
    .optional(),
})

const list = z.array(z.enum(ruleNames as [RuleName, ...RuleName[]], { error: noRule }), { error: noRule })

/** All names that may stand below `redact`. */
export const redactNames: readonly string[] = Object.keys(switches.shape)

/** `true`, `false`, a list of the rules that are on and no others, or switches that differ from the defaults. */
export const redact = z.unknown().transform((value, context): RedactConfig | false => {
  const read = <T>(type: z.ZodType<T>): T => {
    const { data, error: found } = type.safeParse(value)
    for (const issue of found?.issues ?? []) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue)
    return found ? z.NEVER : data!
  }
  if (Array.isArray(value)) return { rules: read(list), keys: [], custom: [] }
  if (typeof value === 'object' && value !== null) {
    const { keys = [], custom: own = [], ...changed } = read(switches) ?? {}
    const rules = ruleNames.filter(name => changed[name] ?? defaultRedact.rules.includes(name))
    return { rules, keys, custom: own }
  }
  return read(flag) ? defaultRedact : false
})
