import type { RelayRecord, WireAttributes, WireContext, WireError, WireValue } from '../record.ts'
import { isCardNumber, isSecretKey, redacted, textRules } from './scrubPatterns.ts'

export interface Scrub {
  record<T extends RelayRecord>(record: T): T
  context(context: WireContext): WireContext
}

/** Keys are few and come again; strangers can send many, so that the memory of them has an end. */
const maxRememberedKeys = 5000
/** One look instead of one a rule: most text has no sign of any. At least as wide as all of them together. */
const anyHint = new RegExp(textRules.map(({ hint }) => hint.source).join('|'), 'i')

/** Replaces secrets in every text of a record. Works on the decoder's own copy, in place. */
export function createScrub(): Scrub {
  const known = new Map<string, boolean>()

  function secretKey(key: string): boolean {
    let secret = known.get(key)
    if (secret === undefined) {
      secret = isSecretKey(key)
      if (known.size < maxRememberedKeys) known.set(key, secret)
    }
    return secret
  }

  function scrubAttributes(attributes: WireAttributes): WireAttributes {
    for (const key in attributes) {
      const value = attributes[key]!
      // Whether there is a password may be said, so that booleans and null stay.
      if (value === null || typeof value === 'boolean') continue
      const scrubbed = secretKey(key) ? redacted : scrubValue(value)
      if (scrubbed !== value) attributes[key] = scrubbed
    }
    return attributes
  }

  function scrubValue(value: WireValue): WireValue {
    if (typeof value === 'string') return scrubText(value)
    if (typeof value === 'number') return value >= 1e12 && isCardNumber(String(value)) ? redacted : value
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) return scrubAttributes(value)
    for (let i = 0; i < value.length; i++) value[i] = scrubValue(value[i]!)
    return value
  }

  function scrubError(error: WireError): WireError {
    error.message = scrubText(error.message)
    if (error.stack) error.stack = scrubText(error.stack)
    if (error.cause) scrubError(error.cause)
    if (error.errors) for (const item of error.errors) scrubError(item)
    if (error.properties) scrubAttributes(error.properties)
    return error
  }

  return {
    record(record) {
      record.message = scrubText(record.message)
      if (record.attributes) scrubAttributes(record.attributes)
      if (record.error) scrubError(record.error)
      return record
    },
    context(context) {
      // Ids are checked by the decoder and name the record: they stay as they are.
      const { session, page, mobile, ...rest } = context
      const scrubbed = scrubAttributes(rest as WireAttributes) as WireContext
      return { ...scrubbed, session, page, mobile }
    },
  }
}

function scrubText(text: string): string {
  if (!anyHint.test(text)) return text
  let result = text
  for (const { hint, pattern, replace } of textRules) if (hint.test(result)) result = result.replace(pattern, replace)
  return result
}
