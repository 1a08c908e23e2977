import type { WireAttributes, WireError, WireValue } from '../wire.ts'
import { cutRaw } from './cut.ts'
import { isError, summarize, toWireError } from './wireError.ts'

/** What a call's arguments were at the time of the call, bounded. */
export interface Snapshot {
  attributes: WireAttributes | undefined
  /** The first Error among them. */
  error: WireError | undefined
  /** Characters of text in it, roughly: for the buffer's bound. */
  chars: number
}

/** Levels of nesting, keys of an object, items of an array. */
const maxDepth = 6
export const maxKeys = 64
const maxItems = 100
/** Of one string, of one key, and of all strings and keys together, in UTF-16 units. */
export const maxTextChars = 8192
const maxKeyChars = 256
const maxTotalChars = 100_000
/** Objects and arrays of one snapshot together. */
const maxNodes = 1000

const tagOf = Object.prototype.toString

/** Copies any attributes into `target`, hostile ones too. */
export function snapshotInto(target: Snapshot, attributes: unknown, seen: (error: object) => void): void {
  const walk = startWalk(maxTotalChars, seen)
  const given = isError(attributes) ? { error: attributes } : attributes
  const value = walkValue(given, walk)
  target.attributes = isAttributes(value) ? value : value === undefined ? undefined : { value }
  target.error ??= walk.error
  target.chars += maxTotalChars - walk.charsLeft
}

/** A bounded copy of any value; `maxChars` bounds all of its text together. */
export function snapshotValue(value: unknown, maxChars = maxTotalChars): WireValue | undefined {
  return walkValue(
    value,
    startWalk(maxChars, () => {}),
  )
}

interface Walk {
  nodesLeft: number
  charsLeft: number
  ancestors: object[]
  error: WireError | undefined
  seen: (error: object) => void
}

function startWalk(maxChars: number, seen: (error: object) => void): Walk {
  return { nodesLeft: maxNodes, charsLeft: maxChars, ancestors: [], error: undefined, seen }
}

function walkValue(value: unknown, walk: Walk): WireValue | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return value - value === 0 ? value : String(value)
    case 'object':
      return value === null ? null : walkObject(value, walk)
    case 'function':
      return '[function]'
    default:
      return takeText(String(value), walk)
  }
}

function walkObject(value: object, walk: Walk): WireValue | undefined {
  if (walk.ancestors.includes(value)) return '[circular]'
  if (walk.ancestors.length >= maxDepth) return '[too deep]'
  if (walk.nodesLeft-- <= 0) return '[too many]'
  walk.ancestors.push(value)
  try {
    return walkKind(value, walk)
  } catch {
    return '[unreadable]'
  } finally {
    walk.ancestors.pop()
  }
}

function walkKind(value: object, walk: Walk): WireValue | undefined {
  if (Array.isArray(value)) return walkItems(value, value.length, walk)
  if (isError(value)) return walkError(value, walk)
  const known = value as KnownShapes
  if (typeof known.toJSON === 'function') return walkValue(known.toJSON(), walk)
  const tag = tagOf.call(value).slice(8, -1)
  // Data may have such a field too, and have no other tag.
  if (tag !== 'Object' && typeof known.nodeName === 'string') return takeText(describeNode(value as Element), walk)
  if (tag === 'Map') return walkEntries(value as Map<unknown, unknown>, (value as Map<unknown, unknown>).size, walk)
  if (tag === 'Set') return walkItems(value as Set<unknown>, (value as Set<unknown>).size, walk)
  if (tag === 'RegExp') return takeText(String(value), walk)
  if (tag.endsWith('Event')) return takeText(`[${tag} ${known.type}]`, walk)
  if (tag === 'Window' || ArrayBuffer.isView(value)) return `[${tag}]`
  const keys = Object.keys(value)
  if (keys.length === 0 && tag !== 'Object') return `[${tag}]`
  return walkEntries(ownEntries(value, keys), keys.length, walk)
}

/** What tells some host objects apart, without naming classes that a worker or server doesn't have. */
interface KnownShapes {
  toJSON?: unknown
  nodeName?: unknown
  type?: unknown
}

/** The whole error goes to the record once; where it stood, its summary stays. */
function walkError(error: object, walk: Walk): string {
  walk.seen(error)
  const earlier = walk.error
  const wire = toWireError(error, value => walkValue(value, walk))
  walk.error = earlier ?? wire
  return takeText(summarize(wire), walk)
}

function walkItems(items: Iterable<unknown>, length: number, walk: Walk): WireValue[] {
  const copy: WireValue[] = []
  for (const item of items) {
    if (copy.length >= maxItems) {
      copy.push(`[${length - maxItems} more]`)
      break
    }
    copy.push(walkValue(item, walk) ?? null)
  }
  return copy
}

function walkEntries(entries: Iterable<[unknown, unknown]>, length: number, walk: Walk): WireAttributes {
  const copy: WireAttributes = {}
  let keys = 0
  for (const [key, value] of entries) {
    if (keys++ >= maxKeys) {
      copy['[more]'] = length - maxKeys
      break
    }
    const name = String(key).slice(0, maxKeyChars)
    const data = walkValue(value, walk)
    walk.charsLeft -= name.length
    if (data !== undefined && name !== '__proto__') copy[name] = data
  }
  return copy
}

function* ownEntries(value: object, keys: string[]): Iterable<[string, unknown]> {
  for (const key of keys) {
    let data: unknown
    try {
      data = (value as Record<string, unknown>)[key]
    } catch {
      data = '[unreadable]'
    }
    yield [key, data]
  }
}

function takeText(text: string, walk: Walk): string {
  const limit = Math.max(0, Math.min(maxTextChars, walk.charsLeft))
  walk.charsLeft -= Math.min(limit, text.length)
  return cutRaw(text, limit)
}

function describeNode({ nodeName, id, className }: Element): string {
  const classes = typeof className === 'string' ? className.trim().replace(/\s+/g, '.') : ''
  return `<${nodeName.toLowerCase()}${id ? `#${id}` : ''}${classes && `.${classes}`}>`
}

function isAttributes(value: WireValue | undefined): value is WireAttributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
