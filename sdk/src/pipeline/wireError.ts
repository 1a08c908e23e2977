import { boundStack } from '../web/boundStack.ts'
import type { WireAttributes, WireError, WireValue } from '../wire.ts'
import { cutRaw } from './cut.ts'

/** Longest chain of causes, most errors of an AggregateError, and most errors in a record, in errors. */
const maxCauses = 5
const maxAggregated = 10
const maxErrors = 20
const maxMessageChars = 8192

/** What is kept in fields of their own, or says nothing. */
const knownKeys = ['name', 'message', 'stack', 'cause', 'errors', 'toJSON']

/** Bounds any value to JSON data: `snapshot.ts` hands over its own. */
type ToValue = (value: unknown) => WireValue | undefined

/** The wire form of whatever was thrown. Reads nothing that can throw without a guard. */
export function toWireError(thrown: unknown, toValue: ToValue): WireError {
  const seen: unknown[] = []
  return convert(thrown, 0)

  function convert(value: unknown, depth: number): WireError {
    seen.push(value)
    if (!isError(value)) return describeNonError(value, toValue)
    const message = text(read(value, 'message'))
    const error: WireError = { type: typeOf(value), message: cutRaw(message, maxMessageChars) }
    const stack = read(value, 'stack')
    if (typeof stack === 'string' && stack) error.stack = boundStack(stack, message, cutRaw)
    const cause = read(value, 'cause')
    if (cause != null && depth < maxCauses && isNew(cause)) error.cause = convert(cause, depth + 1)
    const errors: WireError[] = []
    // One by one: each may use up what is left for the next.
    for (const each of depth < maxCauses ? aggregated(value) : [])
      if (isNew(each)) errors.push(convert(each, depth + 1))
    if (errors.length > 0) error.errors = errors
    const properties = ownProperties(value, toValue)
    if (properties) error.properties = properties
    return error
  }

  function isNew(value: unknown): boolean {
    return seen.length < maxErrors && !seen.includes(value)
  }
}

/** Errors of other frames are no instances of ours, and a DOMException of an old engine is none at all. */
export function isError(value: unknown): value is object {
  try {
    return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
  } catch {
    return false
  }
}

/** `TypeError: x is undefined`. */
export function summarize(error: WireError): string {
  return error.message ? `${error.type}: ${error.message}` : error.type
}

/** A class that extends Error without setting `name` is still better known by its own. */
function typeOf(error: object): string {
  const name = text(read(error, 'name'))
  const className = text(read(read(error, 'constructor'), 'name'))
  return (/^(Error)?$/.test(name) && /.(Error|Exception)$/.test(className) ? className : name || 'Error').slice(0, 256)
}

/** A rejection with a string, a plain object, an Event: no stack, but it has something to say. */
function describeNonError(value: unknown, toValue: ToValue): WireError {
  const data = toValue(value)
  const source = text(read(read(value, 'target'), 'src')) || text(read(read(value, 'target'), 'href'))
  const error: WireError = { type: text(read(value, 'name')) || 'NonError', message: text(read(value, 'message')) }
  // The event of a script or an image: `script.onerror = reject`.
  if (source && /Event/.test(String(data))) error.message = `failed to load ${source.replace(/[?#].*$/s, '')}`
  if (!error.message) error.message = typeof data === 'string' ? data : (JSON.stringify(data) ?? 'undefined')
  error.message = cutRaw(error.message, maxMessageChars)
  if (data !== null && typeof data === 'object' && !Array.isArray(data)) error.properties = data
  return error
}

function aggregated(error: object): unknown[] {
  try {
    const { errors } = error as { errors?: unknown }
    return Array.isArray(errors) ? errors.slice(0, maxAggregated) : []
  } catch {
    return []
  }
}

function ownProperties(error: object, toValue: ToValue): WireAttributes | undefined {
  const properties: Record<string, unknown> = {}
  try {
    for (const key of Object.keys(error)) if (!knownKeys.includes(key)) properties[key] = read(error, key)
  } catch {
    // A proxy that refuses to list its keys.
  }
  const data = toValue(properties) as WireAttributes
  return Object.keys(data).length > 0 ? data : undefined
}

function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
