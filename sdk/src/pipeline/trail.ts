import type { WireBreadcrumb, WireRecord } from '../wire.ts'
import { cut, cutRaw } from './cut.ts'
import type { Stage } from './stage.ts'

/** Longest texts of a breadcrumb, and fields of its data. */
const maxTextChars = 256
const maxNameChars = 32
const maxValueChars = 64
const maxFields = 8
/** What of a longer text is looked at, in characters. */
const maxRawChars = 2000
/** What the breadcrumbs of one record take, in characters, and what each takes beside its texts: the newest stay. */
const maxTotalChars = 8000
const breadcrumbChars = 60

/** The last things that happened, for whatever goes wrong next. */
export interface Trail {
  add(breadcrumb: WireBreadcrumb): void
  /** Gives each exception what had happened by then. */
  stage: Stage
}

interface Bounded {
  breadcrumb: WireBreadcrumb
  chars: number
}

/** @param redact A text without secrets. */
export function createTrail(maxBreadcrumbs: number, redact: (text: string) => string): Trail {
  const trail: Bounded[] = []
  return {
    add(breadcrumb) {
      if (maxBreadcrumbs < 1) return
      trail.push(bound(breadcrumb, shorten))
      if (trail.length > maxBreadcrumbs) trail.shift()
    },
    stage(record: WireRecord) {
      if (record.kind !== 'exception' || trail.length === 0) return record
      const breadcrumbs: WireBreadcrumb[] = []
      let chars = 0
      for (let i = trail.length - 1; i >= 0; i--) {
        const { breadcrumb, chars: more } = trail[i]!
        if (breadcrumb.t > record.t) continue
        chars += more
        if (chars > maxTotalChars) break
        breadcrumbs.unshift(breadcrumb)
      }
      return breadcrumbs.length > 0 ? { ...record, breadcrumbs } : record
    },
  }

  /** What is longer is redacted before it is cut; the rest with its record, since most breadcrumbs are never part of one. */
  function shorten(text: string, maxChars: number): string {
    return text.length > maxChars ? cut(redact(cutRaw(text, maxRawChars)), maxChars) : text
  }
}

function bound(
  { t, category, message, data }: WireBreadcrumb,
  shorten: (text: string, maxChars: number) => string,
): Bounded {
  const breadcrumb: WireBreadcrumb = {
    // As exact as a record's, or what came just before one could seem to come after it.
    t: Math.round(t * 1000) / 1000,
    category: shorten(category, maxNameChars),
    message: shorten(message, maxTextChars),
  }
  let chars = breadcrumbChars + breadcrumb.category.length + breadcrumb.message.length
  for (const [name, value] of Object.entries(data ?? {}).slice(0, maxFields)) {
    const isText = typeof value === 'string'
    if (!isText && typeof value !== 'boolean' && !Number.isFinite(value)) continue
    const bounded = isText ? shorten(value, maxValueChars) : value
    breadcrumb.data ??= {}
    breadcrumb.data[name.slice(0, maxNameChars)] = bounded
    chars += maxNameChars + String(bounded).length
  }
  return { breadcrumb, chars }
}
