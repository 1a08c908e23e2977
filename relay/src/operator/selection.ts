import type { QuarantinedRow } from '../spool/spool.ts'
import { maxRows, type Operations } from './operations.ts'

/** What an operator has named; all of it must fit a row. Without anything, every row is listed and none is changed. */
export interface Selection {
  ids?: readonly number[]
  /** Every row, said in so many words. */
  all?: boolean
  app?: string
  /** A part of the lane's name, such as a tenant or a label. */
  lane?: string
  /** A part of the reason, in any case. */
  reason?: string
  olderThanMs?: number
}

export function isEmpty({ ids = [], ...rest }: Selection): boolean {
  return ids.length === 0 && Object.values(rest).every(value => value === undefined)
}

export function selects(
  { ids, app, lane, reason, olderThanMs }: Selection,
  row: QuarantinedRow,
  nowMs: number,
): boolean {
  if (ids && ids.length > 0 && !ids.includes(row.id)) return false
  if (app !== undefined && row.app !== app) return false
  if (lane !== undefined && !row.lane.includes(lane)) return false
  if (reason !== undefined && !row.reason.toLowerCase().includes(reason.toLowerCase())) return false
  return olderThanMs === undefined || row.atMs <= nowMs - olderThanMs
}

/** The rows of the quarantine as it is now, in steps that hold nobody up. */
export async function* selectRows(
  operations: Pick<Operations, 'list'>,
  selection: Selection,
  lookedAt: (rows: number) => void,
): AsyncGenerator<QuarantinedRow> {
  const nowMs = Date.now()
  let count = 0
  for (let after = 0; ; ) {
    const rows = await operations.list({ after, limit: maxRows })
    for (const row of rows) if (selects(selection, row, nowMs)) yield row
    count += rows.length
    lookedAt(count)
    if (rows.length < maxRows) return
    after = rows.at(-1)!.id
  }
}
