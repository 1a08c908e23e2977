import type { RejectReason, WireAttributes, WireValue } from '../record.ts'

/** Containers inside each other, that of the attributes themselves included. The SDK's own bound is lower. */
export const maxDepth = 8
const maxKeyChars = 256

/** Names that JSON.parse makes own properties, and that a later merge by anybody would turn into a prototype. */
const unsafeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Why a record can't be taken; never leaves the decoder. */
export class Rejection extends Error {
  readonly reason: RejectReason
  constructor(reason: RejectReason) {
    super(reason)
    this.reason = reason
  }
}

/**
 * A JSON object with safe keys, well-formed text, finite numbers and bounded depth. Throws a Rejection.
 * To be given what JSON.parse has just made and nobody else has: it is changed in place where it must be, which is seldom.
 */
export function checkAttributes(value: unknown, depth = 1): WireAttributes {
  if (!isObject(value)) throw new Rejection('invalid_record')
  if (depth > maxDepth) throw new Rejection('too_deep')
  for (const key in value) {
    if (!isGoodKey(key)) return withGoodKeys(value, depth)
    const item = value[key]
    const checked = checkValue(item, depth + 1)
    if (checked !== item) value[key] = checked
  }
  return value as WireAttributes
}

function withGoodKeys(value: Record<string, unknown>, depth: number): WireAttributes {
  const copy: WireAttributes = {}
  for (const key of Object.keys(value)) {
    if (unsafeKeys.has(key)) continue
    copy[cut(wellFormed(key), maxKeyChars)] = checkValue(value[key], depth + 1)
  }
  return copy
}

function isGoodKey(key: string): boolean {
  return key.length <= maxKeyChars && !unsafeKeys.has(key) && key.isWellFormed()
}

function checkValue(value: unknown, depth: number): WireValue {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    // JSON has no Infinity, but 1e999 is read as one.
    if (!Number.isFinite(value)) throw new Rejection('invalid_record')
    return value
  }
  if (!Array.isArray(value)) return checkAttributes(value, depth)
  if (depth > maxDepth) throw new Rejection('too_deep')
  for (let i = 0; i < value.length; i++) value[i] = checkValue(value[i], depth + 1)
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Escapes such as `\ud800` make text that UTF-8 can't hold: https://tc39.es/ecma262/#sec-string.prototype.towellformed */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}

/** The first `maxChars` UTF-16 units, never half of a pair. */
export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : wellFormed(text.slice(0, maxChars))
}
