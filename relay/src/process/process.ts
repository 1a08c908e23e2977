import type { AppConfig } from '../config.ts'
import { type Entry, encodeEntries } from '../entry.ts'
import { laneName } from '../lane.ts'
import type { Pace } from '../pace.ts'
import type { FinalRecord, RelayBatch, RelayRecord, WireContext } from '../record.ts'
import type { Part } from '../spool/spool.ts'
import { createLabels, type ResolveLabels } from './labels.ts'
import { createLineFormat } from './line.ts'
import { createMetadata } from './metadata.ts'
import { createScrub } from './scrub.ts'
import { createTimes } from './timestamps.ts'

export interface ProcessOptions {
  apps: readonly AppConfig[]
  /** Replaces secrets. */
  redact: boolean
}

export type Process = (app: AppConfig, batch: RelayBatch, pace?: Pace) => Promise<FinalRecord[]>

/** The stages that a record passes between decoder and spool, in order: scrub, time, labels, metadata, line. */
export function createProcess({ apps, redact }: ProcessOptions): Process {
  const scrub = redact ? createScrub() : undefined
  const resolvers = new Map(apps.map(app => [app, createLabels(app)]))

  return async (app, batch, pace) => {
    const context = scrub?.context(batch.context) ?? batch.context
    // Without a page the batch names its records: they are told apart all the same.
    const page = context.page ?? batch.id
    const timeOf = createTimes(page, batch.receivedAtMs)
    const metadata = createMetadata(context, page, app)
    const stream = createStreams(app, resolvers.get(app)!, context)
    const line = createLineFormat(context)
    const records: FinalRecord[] = []
    for (const dirty of batch.records) {
      const wait = pace?.()
      if (wait) await wait
      const record = scrub?.record(dirty) ?? dirty
      const { seconds, nanos, late, eventTime } = timeOf(record)
      const { lane, labels } = stream(record, late)
      const entry = { seconds, nanos, line: line(record), ...metadata(record, eventTime) }
      records.push({ position: record.position, lane, labels, level: record.level, entry })
    }
    return records
  }
}

/** Groups the records from position `from` on into one part a lane, in the order of the batch. */
export function groupByLane(records: readonly FinalRecord[], from: number): Part[] {
  const lanes = new Map<string, Entry[]>()
  for (const { position, lane, entry } of records) {
    if (position < from) continue
    const entries = lanes.get(lane)
    if (entries) entries.push(entry)
    else lanes.set(lane, [entry])
  }
  return [...lanes].map(([lane, entries]) => ({ lane, records: entries.length, body: encodeEntries(entries) }))
}

/** A batch has few streams and many records: a stream's labels and the name of its lane are made once. */
function createStreams(app: AppConfig, resolve: ResolveLabels, context: WireContext) {
  const { tenant, labels: fixed, labelKeys } = app
  const hasKeys = Object.keys(labelKeys).length > 0
  const streams = new Map<string, Pick<FinalRecord, 'labels' | 'lane'>>()
  return (record: RelayRecord, late: string | undefined) => {
    const key = hasKeys ? JSON.stringify(resolve(record, context, late)) : `${record.kind} ${late}`
    let stream = streams.get(key)
    if (!stream) {
      const labels = { ...fixed, ...resolve(record, context, late) }
      stream = { labels, lane: laneName(tenant, labels) }
      streams.set(key, stream)
    }
    return stream
  }
}
