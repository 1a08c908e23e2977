import type { AppConfig } from '../config.ts'
import { type Entry, encodeEntries } from '../entry.ts'
import { laneName } from '../lane.ts'
import type { Pace } from '../pace.ts'
import type { FinalRecord, RelayBatch, RelayRecord, Stream, WireContext } from '../record.ts'
import { defaultRedact } from '../redactRules.ts'
import type { Part } from '../spool/spool.ts'
import { createLabels, createSeenValues, type ResolveLabels, type SeenValues, withOthers } from './labels.ts'
import { createLineFormat } from './line.ts'
import { createLogfmtLine } from './logfmtLine.ts'
import { createMetadata } from './metadata.ts'
import { createScrub, type Scrub } from './scrub.ts'
import type { SeenStreams } from './seenStreams.ts'
import { createTimes } from './timestamps.ts'

export interface ProcessOptions {
  apps: readonly AppConfig[]
  /** For apps that don't say what is to be redacted: the rules that are on by default, or none. */
  redact: boolean
  /** Handed on where the configuration changes, or the bounds of label values would begin anew. */
  seen?: SeenValues
}

export type Process = (app: AppConfig, batch: RelayBatch, pace?: Pace) => Promise<FinalRecord[]>

/** What goes to one lane, until it is encoded. */
interface LaneEntries {
  entries: Entry[]
  finals: FinalRecord[]
}

const notYet = new Uint8Array()

/** The stages that a record passes between decoder and spool, in order: scrub, time, labels, metadata, line. */
export function createProcess({ apps, redact, seen = createSeenValues() }: ProcessOptions): Process {
  const scrubs = createScrubs(apps, redact)
  const streams = new Map(apps.map(app => [app, createStreams(app, createLabels(app, seen), seen.streams(app.name))]))

  return async (app, batch, pace) => {
    const scrub = scrubs.get(app)
    const context = scrub?.context(batch.context) ?? batch.context
    // Without a page the batch names its records: they are told apart all the same.
    const page = context.page ?? batch.id
    const timeOf = createTimes(page, batch.receivedAtMs)
    const metadataOf = createMetadata(context, page, app)
    const streamOf = streams.get(app)!(context, batch.receivedAtMs)
    const line = app.line === 'logfmt' ? createLogfmtLine(context, app) : createLineFormat(context)
    const records: FinalRecord[] = []
    const lanes = new Map<string, LaneEntries>()
    let lineChars = 0
    for (const dirty of batch.records) {
      const wait = pace?.(lineChars)
      if (wait) await wait
      const record = scrub?.record(dirty) ?? dirty
      const { seconds, nanos, late, eventTime } = timeOf(record)
      const stream = streamOf(record, late)
      const { metadata, numbered, shared } = metadataOf(record, eventTime)
      const entry = { seconds, nanos, line: line(record), metadata, shared, numbered }
      lineChars = entry.line.length
      const { position, level } = record
      const final = { position, stream, level, body: notYet, start: 0, end: 0 }
      records.push(final)
      let ofLane = lanes.get(stream.lane)
      if (!ofLane) {
        ofLane = { entries: [], finals: [] }
        lanes.set(stream.lane, ofLane)
      }
      ofLane.entries.push(entry)
      ofLane.finals.push(final)
    }
    for (const ofLane of lanes.values()) encode(ofLane)
    return records
  }
}

/** Apps with the same rules share what is remembered of keys. */
function createScrubs(apps: readonly AppConfig[], redact: boolean): Map<AppConfig, Scrub | undefined> {
  const made = new Map<string, Scrub>()
  return new Map(
    apps.map(app => {
      const rules = app.redact ?? (redact && defaultRedact)
      if (!rules) return [app, undefined]
      const name = JSON.stringify(rules)
      const scrub = made.get(name) ?? createScrub(rules)
      made.set(name, scrub)
      return [app, scrub]
    }),
  )
}

/** Groups the records from position `from` on into one part a lane, in the order of the batch. */
export function groupByLane(records: readonly FinalRecord[], from: number): Part[] {
  const parts = new Map<string, { records: number; first: FinalRecord; last: FinalRecord }>()
  for (const record of records) {
    if (record.position < from) continue
    const { lane } = record.stream
    const part = parts.get(lane)
    if (part) {
      part.records++
      part.last = record
    } else parts.set(lane, { records: 1, first: record, last: record })
  }
  return [...parts].map(([lane, { records, first, last }]) => {
    return { lane, records, body: first.body.subarray(first.start, last.end) }
  })
}

/** All entries of a lane in one body: joined to a part they need no copy, and apart from it nothing else is kept. */
function encode({ entries, finals }: LaneEntries): void {
  const ends: number[] = []
  const body = encodeEntries(entries, ends)
  for (const [i, final] of finals.entries()) {
    final.body = body
    final.start = ends[i - 1] ?? 0
    final.end = ends[i]!
  }
}

/**
 * An app has few streams and many records, so a stream is made once: for ever where only the kind of a record tells it,
 * and for a batch where the page or the clock has a say in it.
 */
function createStreams(app: AppConfig, resolve: ResolveLabels, seen: SeenStreams) {
  const { name, tenant, labels: fixed, labelKeys, maxStreams } = app
  const hasKeys = Object.keys(labelKeys).length > 0
  const ofKind = new Map<string, Stream>()
  return (context: WireContext, nowMs: number) => {
    const ofBatch = new Map<string, Stream>()
    return (record: RelayRecord, late: string | undefined) => {
      if (!hasKeys && late === undefined)
        return ofKind.get(record.kind) ?? add(ofKind, record.kind, resolve(record, context))
      const labels = resolve(record, context, late)
      const key = JSON.stringify(labels)
      return ofBatch.get(key) ?? add(ofBatch, key, hasKeys ? bounded(labels, key, nowMs) : labels)
    }
  }

  /** Late streams are many and brief: they leave half of the places to the others. */
  function bounded(labels: Record<string, string>, key: string, nowMs: number): Record<string, string> {
    const max = labels.late === undefined ? maxStreams : Math.floor(maxStreams / 2)
    return seen.admit(key, max, nowMs) ? labels : withOthers(labels, app)
  }

  function add(streams: Map<string, Stream>, key: string, own: Record<string, string>): Stream {
    const labels = { ...fixed, ...own }
    const stream = { app: name, tenant, labels, lane: laneName(tenant, labels) }
    streams.set(key, stream)
    return stream
  }
}
