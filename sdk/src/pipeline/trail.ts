import type { WireBreadcrumb, WireRecord } from '../wire.ts'
import { cut } from './cut.ts'
import type { Stage } from './stage.ts'

/** Longest text of a breadcrumb, in characters. */
const maxTextChars = 256

/** The last things that happened, for whatever goes wrong next. */
export interface Trail {
  add(breadcrumb: WireBreadcrumb): void
  /** Gives each exception what had happened by then. */
  stage: Stage
}

export function createTrail(maxBreadcrumbs: number): Trail {
  const breadcrumbs: WireBreadcrumb[] = []
  return {
    add(breadcrumb) {
      breadcrumbs.push({ ...breadcrumb, message: cut(breadcrumb.message, maxTextChars) })
      if (breadcrumbs.length > maxBreadcrumbs) breadcrumbs.shift()
    },
    stage(record: WireRecord) {
      if (record.kind !== 'exception') return record
      const before = breadcrumbs.filter(({ t }) => t <= record.t)
      return before.length > 0 ? { ...record, breadcrumbs: before } : record
    },
  }
}
