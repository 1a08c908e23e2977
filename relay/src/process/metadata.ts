import { type Entry, type MetadataPairs, numberedPair, type SharedMetadata, shareMetadata } from '../entry.ts'
import type { Level, RelayRecord, WireContext } from '../record.ts'

/** The pairs of one record alone, its name, and what it shares with others of its batch. */
export type RecordMetadata = Required<Pick<Entry, 'metadata' | 'numbered' | 'shared'>>

const none: MetadataPairs = []

/** Loki's bound is 64 KiB for all pairs of an entry; none of ours needs more than this. */
const maxValueChars = 1024

/** For the records of one batch. Names are fixed here: a bad one would make Loki refuse the whole push. */
export function createMetadata(context: WireContext, page: string, defaults: { release?: string }) {
  const levels = new Map<Level, SharedMetadata>()
  // It names the record for ever.
  const pair = numberedPair('record_id', `${page}-`)
  return (record: RelayRecord, eventTime: string | undefined): RecordMetadata => {
    let shared = levels.get(record.level)
    if (!shared) {
      shared = shareMetadata(sharedPairs(record.level, context, defaults))
      levels.set(record.level, shared)
    }
    return { metadata: ownPairs(record, eventTime), numbered: { pair, number: record.n }, shared }
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

function ownPairs(record: RelayRecord, eventTime: string | undefined): MetadataPairs {
  const { kind, trace, span, fingerprint, sessionFirstError } = record
  if (kind !== 'exception' && trace === undefined && span === undefined && eventTime === undefined) return none
  const metadata: [name: string, value: string][] = []
  if (trace !== undefined) metadata.push(['trace_id', trace])
  if (span !== undefined) metadata.push(['span_id', span])
  if (fingerprint !== undefined) metadata.push(['fingerprint', fingerprint])
  if (sessionFirstError) metadata.push(['session_first_error', 'true'])
  if (eventTime !== undefined) metadata.push(['event_time', eventTime])
  return metadata
}

function userId(id: unknown): string | undefined {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.pathname
}
