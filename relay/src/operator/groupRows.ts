import { withoutLabels } from '../lane.ts'
import type { QuarantinedRow } from '../spool/spool.ts'

/** What was set aside in one lane for one kind of reason. */
export interface QuarantineGroup {
  lane: string
  /** Without times, numbers and streams, in which each record's differs. */
  reason: string
  rows: number
  records: number
  bytes: number
  firstId: number
  lastId: number
  oldestAtMs: number
  newestAtMs: number
}

/** Counts rows, which come oldest first, by lane and reason; the most records first. */
export async function groupRows(rows: AsyncIterable<QuarantinedRow>): Promise<QuarantineGroup[]> {
  const groups = new Map<string, QuarantineGroup>()
  for await (const { id, atMs, lane, reason: words, records, bytes } of rows) {
    const reason = kindOfReason(words)
    const key = JSON.stringify([lane, reason])
    let group = groups.get(key)
    if (!group) {
      const none = { rows: 0, records: 0, bytes: 0, lastId: id, newestAtMs: atMs }
      group = { lane, reason, ...none, firstId: id, oldestAtMs: atMs }
      groups.set(key, group)
    }
    group.rows++
    group.records += records
    group.bytes += bytes
    group.lastId = id
    group.newestAtMs = atMs
  }
  return [...groups.values()].sort((a, b) => b.records - a.records)
}

const time = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?Z| [+-]\d{4} [A-Z]{3,4})?/g

/** Loki's words, with its status, but without what names one entry. */
export function kindOfReason(reason: string): string {
  const [, status = '', words = ''] = /^(\d{3} )?(.*)$/s.exec(reason) ?? []
  return status + withoutLabels(words).replace(time, '<time>').replace(/\d+/g, '#')
}
