import { type MetadataPairs, type SharedMetadata, shareMetadata } from '../entry.ts'
import type { Level, RelayRecord, WireContext } from '../record.ts'

/** The pairs of one record alone, and those it shares with others of its batch. */
export interface RecordMetadata {
  metadata: MetadataPairs
  shared: SharedMetadata
}

/** Loki's bound is 64 KiB for all pairs of an entry; none of ours needs more than this. */
const maxValueChars = 1024

/** For the records of one batch. Names are fixed here: a bad one would make Loki refuse the whole push. */
export function createMetadata(context: WireContext, page: string, defaults: { release?: string }) {
  const levels = new Map<Level, SharedMetadata>()
  return (record: RelayRecord, eventTime: string | undefined): RecordMetadata => {
    let shared = levels.get(record.level)
    if (!shared) {
      shared = shareMetadata(sharedPairs(record.level, context, defaults))
      levels.set(record.level, shared)
    }
    return { metadata: ownPairs(record, page, eventTime), shared }
  }
}

function sharedPairs(level: Level, context: WireContext, defaults: { release?: string }): MetadataPairs {
  const { session, page, view, route, url, user, release, environment, browser, os, language } = context
  const values = {
    level,
    session_id: session,
    page_id: page,
    view_id: view,
    page_path: route ?? pathOf(url),
    user_id: userId(user?.id),
    release: release ?? defaults.release,
    client_environment: environment,
    browser,
    os,
    language,
  }
  // Loki drops pairs without a value.
  return Object.entries(values)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => [
      name,
      value.length <= maxValueChars ? value : value.slice(0, maxValueChars).toWellFormed(),
    ])
}

/** `record_id` names the record for ever. */
function ownPairs(record: RelayRecord, page: string, eventTime: string | undefined): MetadataPairs {
  const metadata: [name: string, value: string][] = [['record_id', `${page}-${record.n}`]]
  if (record.trace !== undefined) metadata.push(['trace_id', record.trace])
  if (record.span !== undefined) metadata.push(['span_id', record.span])
  if (record.fingerprint !== undefined) metadata.push(['fingerprint', record.fingerprint])
  if (record.sessionFirstError) metadata.push(['session_first_error', 'true'])
  if (eventTime !== undefined) metadata.push(['event_time', eventTime])
  return metadata
}

function userId(id: unknown): string | undefined {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.pathname
}
