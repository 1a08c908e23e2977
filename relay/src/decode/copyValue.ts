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

/** A JSON object as a fresh one: safe keys, well-formed text, finite numbers, bounded depth. Throws a Rejection. */
export function copyAttributes(value: unknown, depth = 1): WireAttributes {
  if (!isObject(value)) throw new Rejection('invalid_record')
  if (depth > maxDepth) throw new Rejection('too_deep')
  const copy: WireAttributes = {}
  for (const key of Object.keys(value)) {
    if (unsafeKeys.has(key)) continue
    copy[cut(wellFormed(key), maxKeyChars)] = copyValue(value[key], depth + 1)
  }
  return copy
}

function copyValue(value: unknown, depth: number): WireValue {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') {
    // JSON has no Infinity, but 1e999 is read as one.
    if (!Number.isFinite(value)) throw new Rejection('invalid_record')
    return value
  }
  if (!Array.isArray(value)) return copyAttributes(value, depth)
  if (depth > maxDepth) throw new Rejection('too_deep')
  return value.map(item => copyValue(item, depth + 1))
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
