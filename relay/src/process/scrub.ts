import { isCardNumber } from '../checkDigits.ts'
import type { RelayRecord, WireAttributes, WireBreadcrumb, WireContext, WireError, WireValue } from '../record.ts'
import { defaultRedact, type RedactConfig } from '../redactRules.ts'
import { redacted } from '../textRules.ts'
import { createScrubText } from './scrubText.ts'
import { counted, createKeyMatch, isSecretKey } from './secretKeys.ts'

export interface Scrub {
  record<T extends RelayRecord>(record: T): T
  context(context: WireContext): WireContext
}

/** Keys are few and come again; strangers can send many, so that the memory of them has an end. */
const maxRememberedKeys = 5000
/** Ids as the SDK makes them: never looked into, since digits of some look like a card number. */
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Replaces what the rules name in every text of a record. Works on the decoder's own copy, in place. */
export function createScrub({ rules, keys, custom }: RedactConfig = defaultRedact): Scrub {
  const cards = rules.includes('card')
  const byRule = rules.includes('secretKeys')
  const named = createKeyMatch(keys)
  const isSecret = byRule ? (key: string) => isSecretKey(key) || named(key) : named
  const hasSecretKeys = byRule || keys.length > 0
  const scrubText = createScrubText({ rules, custom }, hasSecretKeys ? key => look(key).secretInText : undefined)
  /** What becomes of a key's value, or under which name it goes on. */
  const known = new Map<string, { secret: boolean; secretInText: boolean; name: string }>()

  function look(key: string) {
    let found = known.get(key)
    if (found === undefined) {
      const secret = isSecret(key)
      // Of an address; an attribute of that name is no secret.
      const secretInText = secret || (byRule && /^sid$|(^|[-_])sig(nature)?$/i.test(key))
      found = { secret, secretInText, name: scrubText(key) }
      if (known.size < maxRememberedKeys) known.set(key, found)
    }
    return found
  }

  function scrubAttributes(attributes: WireAttributes): WireAttributes {
    let renamed = false
    for (const key in attributes) {
      const { secret, name } = look(key)
      if (name !== key) renamed = true
      const value = attributes[key]!
      // Whether there is a password may be said, so that booleans and null stay, and how many tokens were used.
      if (value === null || typeof value === 'boolean') continue
      const isHidden = secret && !(typeof value === 'number' && counted.test(key))
      const scrubbed = isHidden ? redacted : scrubValue(value)
      if (scrubbed !== value) attributes[key] = scrubbed
    }
    return renamed ? rename(attributes) : attributes
  }

  /** What a page calls something is text of the page too. */
  function rename<T extends WireValue>(attributes: Record<string, T>): Record<string, T> {
    const copy: Record<string, T> = {}
    let count = 1
    for (const key in attributes) {
      const { name } = look(key)
      let free = name
      while (name !== key && (Object.hasOwn(copy, free) || Object.hasOwn(attributes, free))) free = `${name}${++count}`
      copy[free] = attributes[key]!
    }
    return copy
  }

  function scrubValue(value: WireValue): WireValue {
    if (typeof value === 'string') return scrubText(value)
    if (typeof value === 'number') return cards && value >= 1e12 && isCardNumber(String(value)) ? redacted : value
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) return scrubAttributes(value)
    for (let i = 0; i < value.length; i++) value[i] = scrubValue(value[i]!)
    return value
  }

  function scrubError(error: WireError): WireError {
    error.type = scrubText(error.type)
    error.message = scrubText(error.message)
    if (error.stack) error.stack = scrubText(error.stack)
    for (const frame of error.frames ?? []) {
      if (frame.function) frame.function = scrubText(frame.function)
      if (frame.file) frame.file = scrubText(frame.file)
    }
    if (error.cause) scrubError(error.cause)
    if (error.errors) for (const item of error.errors) scrubError(item)
    if (error.properties) error.properties = scrubAttributes(error.properties)
    return error
  }

  return {
    record(record) {
      record.message = scrubText(record.message)
      if (record.attributes) record.attributes = scrubAttributes(record.attributes)
      if (record.error) scrubError(record.error)
      if (record.mechanism) record.mechanism = scrubText(record.mechanism)
      if (record.values) record.values = scrubNames(record.values)
      if (record.kind === 'exception') scrubDetails(record)
      return record
    },
    context(context) {
      const { session, page, view, mobile, user, custom: ofPage, ...texts } = context
      return {
        ...(scrubAttributes(texts) as WireContext),
        session: scrubId(session),
        page: scrubId(page),
        view: scrubId(view),
        mobile,
        user: scrubGroup('user', user),
        custom: scrubGroup('custom', ofPage),
      }
    },
  }

  /** What only exceptions have. */
  function scrubDetails(record: RelayRecord): void {
    const { fingerprint } = record
    if (fingerprint && scrubText(fingerprint) !== fingerprint) delete record.fingerprint
    for (const breadcrumb of record.breadcrumbs ?? []) {
      breadcrumb.category = scrubText(breadcrumb.category)
      breadcrumb.message = scrubText(breadcrumb.message)
      if (breadcrumb.data) breadcrumb.data = scrubAttributes(breadcrumb.data) as WireBreadcrumb['data']
    }
  }

  function scrubGroup(name: string, attributes: WireAttributes | undefined): WireAttributes | undefined {
    return attributes && !look(name).secret ? scrubAttributes(attributes) : undefined
  }

  /** Numbers stay as they are. */
  function scrubNames(values: Record<string, number>): Record<string, number> {
    for (const name in values) if (look(name).name !== name) return rename(values)
    return values
  }

  /** Ids name records and sessions: one that holds a secret goes whole, since what replaced it would name others too. */
  function scrubId(id: string | undefined): string | undefined {
    return id === undefined || uuid.test(id) || scrubText(id) === id ? id : undefined
  }
}
