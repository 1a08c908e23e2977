import type { Config } from '../config.ts'
import type { Addresses } from '../web/addresses.ts'
import type { WireAttributes, WireBreadcrumb, WireError, WireValue } from '../wire.ts'
import { isCardNumber } from './checkDigits.ts'
import { createHostPattern } from './hostPattern.ts'
import { createRedactPairs } from './redactPairs.ts'
import { counted, createKeyMatch } from './secretKeys.ts'
import type { Stage } from './stage.ts'
import { isSuspect, redacted, textRules } from './textRules.ts'

export interface Redact {
  /** The last stage before anything is stored, so that a hook of the host can't undo it. */
  stage: Stage
  /** The first stage: what is made of an error's stack and message, such as its frames, never sees a query. */
  addresses: Stage
  /** Works in place. */
  attributes(attributes: WireAttributes): WireAttributes
  text(text: string): string
}

interface RedactOptions extends Pick<Config, 'redact'> {
  addresses: Pick<Addresses, 'showIn'>
  monotonicMs: () => number
  /** Told of an expression of the host that is no good. */
  onFault: (fault: string) => void
}

/** Keys are few and come again. */
const maxKnownKeys = 1000

/**
 * Replaces what the rules name by `[redacted]`, in the record itself. Nearly all records hold nothing of the kind: for
 * these there is one search in each text, and a look into a map for each key.
 */
export function createRedact({ redact, addresses, monotonicMs, onFault }: RedactOptions): Redact {
  const { rules, keys, patterns } = redact
  const names = Object.keys(textRules) as (keyof typeof textRules)[]
  const on = names.filter(name => rules[name]).map(name => textRules[name])
  const hostPatterns = patterns.map(pattern => createHostPattern(pattern, monotonicMs, onFault))
  const isSecret = createKeyMatch(rules.keys, keys)
  const redactPairs =
    (rules.keys || keys.length > 0) &&
    createRedactPairs(name => (rules.keys && /(^|[-_])sig(nature)?$/i.test(name)) || look(name)[0])
  /** Whether the value of a key is secret, and what the key is called in the record. */
  const known = new Map<string, [isSecret: boolean, name: string]>()

  return {
    stage(record) {
      record.message = text(record.message)
      if (record.attributes) attributes(record.attributes)
      // A copy: a plugin may measure into the same object again.
      if (record.values) record.values = redactNames({ ...record.values })
      if (record.error) record.error = redactError(record.error, text)
      if (record.breadcrumbs) record.breadcrumbs = record.breadcrumbs.map(redactBreadcrumb)
      return record
    },
    addresses(record) {
      const { error, message } = record
      if (!error) return record
      return { ...record, message: addresses.showIn(message), error: redactError(error, addresses.showIn) }
    },
    attributes,
    text,
  }

  /** A copy: a child logger's records may share an error. */
  function redactError(error: WireError, change: (text: string) => string): WireError {
    // A hook may have deleted the one or the other, and the relay wants both.
    const { type = 'Error', message = '', stack, frames, cause, errors, properties } = error as Partial<WireError>
    const copy: WireError = { ...error, type: change(type), message: change(message) }
    if (stack) copy.stack = change(stack)
    if (frames) copy.frames = frames.map(frame => (frame.file ? { ...frame, file: change(frame.file) } : frame))
    if (cause) copy.cause = redactError(cause, change)
    if (errors) copy.errors = errors.map(each => redactError(each, change))
    if (properties && change === text) copy.properties = attributes({ ...properties })
    return copy
  }

  function redactBreadcrumb(breadcrumb: WireBreadcrumb): WireBreadcrumb {
    const { message = '', data } = breadcrumb as Partial<WireBreadcrumb>
    return { ...breadcrumb, message: text(message), data: data && (attributes({ ...data }) as typeof data) }
  }

  function attributes(group: WireAttributes): WireAttributes {
    // Of its own: scripts of the page may have given all objects more.
    for (const key of Object.keys(group)) {
      const value = group[key]!
      const [isHidden, name] = look(key)
      if (isHidden) {
        // Whether there is a password may be said, and how many tokens were used.
        if (value !== null && typeof value !== 'boolean' && !(typeof value === 'number' && counted.test(key)))
          group[key] = redacted
      } else if (typeof value === 'string') group[key] = text(value)
      else if (typeof value !== 'boolean') group[key] = redactValue(value)
      rename(group, key, name)
    }
    return group
  }

  /** Numbers that were measured stay, whatever they are called. */
  function redactNames(values: Record<string, number>): Record<string, number> {
    for (const key of Object.keys(values)) rename(values, key, look(key)[1])
    return values
  }

  function redactValue(value: WireValue): WireValue {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'number') return value >= 1e12 && rules.card && isCardNumber(`${value}`) ? redacted : value
    if (typeof value !== 'object' || value === null) return value
    return Array.isArray(value) ? value.map(redactValue) : attributes(value)
  }

  /** What a page calls something is text of the page too. */
  function look(key: string): [boolean, string] {
    let found = known.get(key)
    if (!found) {
      found = [isSecret(key), text(key)]
      if (known.size >= maxKnownKeys) known.clear()
      known.set(key, found)
    }
    return found
  }

  function rename(group: WireAttributes, key: string, name: string): void {
    if (name === key) return
    let free = name
    for (let count = 2; free in group; count++) free = name + count
    group[free] = group[key]!
    delete group[key]
  }

  function applyRules(given: string): string {
    let result = given
    for (const { sign, pattern, replace } of on) if (sign.test(result)) result = result.replace(pattern, replace)
    return result
  }

  function text(given: string): string {
    let result = given
    if (isSuspect(given)) {
      const ruled = applyRules(addresses.showIn(given))
      // Not first: of an account number with spaces a pair would take the first part alone. What it took may have hidden more.
      result = redactPairs ? redactPairs(ruled) : ruled
      if (result !== ruled) result = applyRules(result)
    }
    for (const replace of hostPatterns) result = replace(result)
    return result
  }
}
