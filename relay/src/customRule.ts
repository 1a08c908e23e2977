import { RE2JS } from 're2js'
import type { CustomRuleConfig } from './redactRules.ts'
import { redacted } from './textRules.ts'

/** Instructions of the compiled pattern; each may be looked at for each character. */
const maxProgramSize = 500
/** Beyond the text's own length: how far all searches in one text may look. */
const maxExtraChars = 500_000

/**
 * A rule of the operator. It runs on RE2, which needs no trust in the pattern: a search is linear in the text, whatever
 * the pattern. https://swtch.com/~rsc/regexp/regexp3.html Throws an Error that says what is wrong with it.
 */
export function compileCustomRule({ pattern }: Pick<CustomRuleConfig, 'pattern'>): (text: string) => string {
  const compiled = compile(pattern)
  return text => replaceAll(compiled, text)
}

/** What is wrong with a pattern, as a text; undefined where it can be used. */
export function customPatternProblem(pattern: string): string | undefined {
  try {
    compile(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function compile(pattern: string): RE2JS {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    // https://github.com/google/re2/wiki/Syntax
    if (/\(\?(?:<?[=!])|\\[1-9]/.test(pattern))
      throw new Error('lookaround and backreferences need more than linear time and are not there; write it without')
    throw new Error(`it is no regular expression of RE2: ${reason(error)}`)
  }
  if (compiled.programSize() > maxProgramSize)
    throw new Error('it is too large: use smaller or fewer counted repetitions')
  if (compiled.matcher('').find()) throw new Error('it matches the empty text: let it need at least one character')
  return compiled
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '').slice(0, 200)
}

/**
 * Each search is linear, but one that looks to the end of the text and then takes a single character comes again for
 * the next. So all of them together have a bound too. What is beyond it goes whole: nobody has looked at it.
 */
function replaceAll(compiled: RE2JS, text: string): string {
  const matcher = compiled.matcher(text)
  let left = maxExtraChars + text.length
  let result = ''
  let at = 0
  while (matcher.find()) {
    const start = matcher.start()
    const end = matcher.end()
    if (end > start) {
      result += text.slice(at, start) + redacted
      at = end
    }
    left -= text.length - end
    if (left < 0) return `${result}${redacted}`
  }
  return at === 0 ? text : result + text.slice(at)
}
