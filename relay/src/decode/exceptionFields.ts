import type { PositionedRecord, WireBreadcrumb, WireFrame } from '../record.ts'
import { cut, isObject, wellFormed } from './checkValue.ts'

/** Plain characters only: it becomes structured metadata. */
const fingerprint = /^[A-Za-z0-9_.:-]{1,64}$/
const maxFrames = 50
const maxBreadcrumbs = 100
const maxFunctionChars = 512
const maxFileChars = 2048
const maxCategoryChars = 64
const maxTextChars = 1024
/** Of a breadcrumb's data. */
const maxKeys = 32
const maxKeyChars = 100
const unsafeKey = /^(?:__proto__|constructor|prototype)$/

/**
 * What only exceptions bear. It tells more of them, and none of it is needed: what can't be taken is left out, and
 * costs nothing else.
 */
export function copyExceptionFields(record: PositionedRecord, value: Record<string, unknown>, offsetMs: number): void {
  if (typeof value.fingerprint === 'string' && fingerprint.test(value.fingerprint))
    record.fingerprint = value.fingerprint
  if (isCount(value.repeated)) record.repeated = value.repeated
  if (value.sessionFirstError === true) record.sessionFirstError = true
  const breadcrumbs = copyList(value.breadcrumbs, -maxBreadcrumbs, item => copyBreadcrumb(item, offsetMs))
  if (breadcrumbs) record.breadcrumbs = breadcrumbs
}

/** Of an error's stack, innermost first. */
export function copyFrames(frames: unknown): WireFrame[] | undefined {
  return copyList(frames, maxFrames, copyFrame)
}

function copyFrame(item: Record<string, unknown>): WireFrame | undefined {
  const frame: WireFrame = {}
  const called = text(item.function, maxFunctionChars)
  const file = text(item.file, maxFileChars)
  if (called) frame.function = called
  if (file) frame.file = file
  if (isCount(item.line)) frame.line = item.line
  if (isCount(item.column)) frame.column = item.column
  if (item.thirdParty === true) frame.thirdParty = true
  return called || file ? frame : undefined
}

/** Its time is that of the relay's clock from here on, like the record's. */
function copyBreadcrumb(item: Record<string, unknown>, offsetMs: number): WireBreadcrumb | undefined {
  const t = typeof item.t === 'number' ? Math.round((item.t + offsetMs) * 1000) / 1000 : Number.NaN
  const category = text(item.category, maxCategoryChars)
  const message = text(item.message, maxTextChars)
  if (!(t >= 0 && t <= Number.MAX_SAFE_INTEGER) || category === undefined || message === undefined) return undefined
  const breadcrumb: WireBreadcrumb = { t, category, message }
  if (isObject(item.data)) breadcrumb.data = copyScalars(item.data)
  return breadcrumb
}

function copyScalars(data: Record<string, unknown>): WireBreadcrumb['data'] {
  const copy: NonNullable<WireBreadcrumb['data']> = {}
  for (const key of Object.keys(data).slice(0, maxKeys)) {
    const value = data[key]
    if (unsafeKey.test(key)) continue
    const name = cut(wellFormed(key), maxKeyChars)
    if (typeof value === 'string') copy[name] = cut(wellFormed(value), maxTextChars)
    else if (typeof value === 'boolean' || Number.isFinite(value)) copy[name] = value as boolean | number
  }
  return copy
}

/** The first `max` items, or with a negative number the last; undefined where nothing is left. */
function copyList<Item>(
  value: unknown,
  max: number,
  copy: (item: Record<string, unknown>) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items: Item[] = []
  for (const item of max < 0 ? value.slice(max) : value.slice(0, max)) {
    const copied = isObject(item) ? copy(item) : undefined
    if (copied) items.push(copied)
  }
  return items.length > 0 ? items : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function text(value: unknown, maxChars: number): string | undefined {
  return typeof value === 'string' ? cut(wellFormed(value), maxChars) : undefined
}
