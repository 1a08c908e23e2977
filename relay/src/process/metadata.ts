import type { RelayRecord, WireContext } from '../record.ts'

export type Metadata = [name: string, value: string][]

/** Loki's bound is 64 KiB for all pairs of an entry; none of ours needs more than this. */
const maxValueChars = 1024

/** The pairs that every record of a batch shares. Names are fixed here: a bad one would make Loki refuse the whole push. */
export function batchMetadata(context: WireContext, defaults: { release?: string }): Metadata {
  const { session, page, url, user, release, environment, browser, os, language } = context
  return pairs({
    session_id: session,
    page_id: page,
    page_path: pathOf(url),
    user_id: userId(user?.id),
    release: release ?? defaults.release,
    client_environment: environment,
    browser,
    os,
    language,
  })
}

/** The pairs of one record, before those of its batch. `record_id` names it for ever. */
export function recordMetadata(record: RelayRecord, page: string, eventTime: string | undefined): Metadata {
  const metadata: Metadata = [
    ['level', record.level],
    ['record_id', `${page}-${record.n}`],
  ]
  if (record.trace !== undefined) metadata.push(['trace_id', record.trace])
  if (record.span !== undefined) metadata.push(['span_id', record.span])
  if (eventTime !== undefined) metadata.push(['event_time', eventTime])
  return metadata
}

/** Loki drops pairs without a value. */
function pairs(values: Record<string, string | undefined>): Metadata {
  return Object.entries(values)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => [
      name,
      value.length <= maxValueChars ? value : value.slice(0, maxValueChars).toWellFormed(),
    ])
}

function userId(id: unknown): string | undefined {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.pathname
}
