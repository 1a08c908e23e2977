import { askYes } from '../cli/ask.ts'
import { CommandError } from '../cli/commandError.ts'
import { paint } from '../cli/paint.ts'
import { startProgress } from '../cli/progress.ts'
import { countOf, formatBytes, formatTime } from '../cli/words.ts'
import type { QuarantinedRow } from '../spool/spool.ts'
import { groupRows } from './groupRows.ts'
import { maxRows, type Operations } from './operations.ts'
import { isEmpty, type Selection, selectRows } from './selection.ts'

interface Output {
  json?: boolean
}

/** Bytes that one step moves at most, unless a single row has more: pages are not kept waiting for it. */
const stepBytes = 2 * 1024 * 1024
const stepRows = Math.min(200, maxRows)

export async function listQuarantine(
  operations: Operations,
  selection: Selection,
  { json, each }: Output & { each?: boolean },
): Promise<void> {
  const rows = selectRows(operations, selection, startProgress('rows looked at'))
  if (each) return listRows(rows, json)
  const groups = await groupRows(rows)
  const total = groups.reduce((sum, { records }) => sum + records, 0)
  if (json) return console.log(JSON.stringify({ records: total, groups }))
  console.log(total === 0 ? nothing(selection) : `${countOf(total, 'record')} in quarantine:`)
  for (const { lane, reason, rows: count, records, bytes, firstId, lastId, oldestAtMs, newestAtMs } of groups)
    console.log(
      `\n${paint('bold', lane)}\n  ${paint('yellow', reason)}\n  ${countOf(records, 'record')} in ${countOf(count, 'row')}, ${formatBytes(bytes)}, ` +
        `${formatTime(oldestAtMs)} to ${formatTime(newestAtMs)}, ids ${firstId} to ${lastId}`,
    )
}

/** As they come: there may be many. With `--json`, one object a line. */
async function listRows(rows: AsyncIterable<QuarantinedRow>, json?: boolean): Promise<void> {
  for await (const row of rows) {
    const { id, atMs, lane, records, bytes, reason } = row
    const kept = bytes === 0 ? ', only the fact was kept' : ''
    if (json) console.log(JSON.stringify(row))
    else console.log(`${id}  ${formatTime(atMs)}  ${lane}  ${countOf(records, 'record')}${kept}  ${reason}`)
  }
}

export async function showQuarantined(operations: Operations, id: number, { json }: Output): Promise<void> {
  const row = await operations.show(id)
  if (!row) throw noSuchRows([id])
  const { atMs, ...rest } = row
  console.log(JSON.stringify({ at: new Date(atMs).toISOString(), ...rest }, null, json ? undefined : 2))
}

export async function retryQuarantine(
  operations: Operations,
  selection: Selection,
  { json, via }: Output & { via: 'relay' | 'file' },
): Promise<void> {
  const rows = await chosen(operations, selection, 'retry')
  const kept = rows.filter(({ bytes }) => bytes > 0)
  const retried = await inSteps(kept, 'put back', ids => operations.retry(ids))
  const withoutBody = recordsOf(rows) - recordsOf(kept)
  if (json) return console.log(JSON.stringify({ retried, withoutBody }))
  if (rows.length === 0) return console.log(nothing(selection))
  const shipped =
    via === 'relay' ? 'the relay ships them now, if it has a Loki' : 'they are shipped when the relay runs'
  console.log(`${countOf(retried, 'record')} put back: ${shipped}. What Loki refuses again comes back here.`)
  if (withoutBody > 0)
    console.log(`${countOf(withoutBody, 'record')} stay, as only the fact of them was kept; purge them.`)
}

export async function purgeQuarantine(
  operations: Operations,
  selection: Selection,
  { json, yes }: Output & { yes?: boolean },
): Promise<void> {
  const rows = await chosen(operations, selection, 'purge')
  if (rows.length > 0 && !yes) {
    const answer = await askYes(`Delete ${countOf(recordsOf(rows), 'record')} for good?`)
    if (answer === undefined)
      throw new CommandError(
        `this deletes ${countOf(recordsOf(rows), 'record')} for good, and there is no terminal to ask at: give --yes`,
      )
    if (!answer) throw new CommandError('nothing was deleted')
  }
  const purged = await inSteps(rows, 'deleted', ids => operations.purge(ids))
  if (json) return console.log(JSON.stringify({ purged }))
  console.log(rows.length === 0 ? nothing(selection) : `${countOf(purged, 'record')} deleted.`)
}

/** All of them before the first is touched: what comes back into quarantine meanwhile is not meant. */
async function chosen(operations: Operations, selection: Selection, verb: string): Promise<QuarantinedRow[]> {
  if (isEmpty(selection))
    throw new CommandError(
      `what is to be done with which rows? Name ids, a filter such as --app, or --all: see \`quarantine ${verb} --help\``,
      'usage',
    )
  if (selection.all && (selection.ids ?? []).length > 0)
    throw new CommandError('--all and ids are both given: give one of them', 'usage')
  const progress = startProgress('rows looked at')
  const rows: QuarantinedRow[] = []
  for await (const row of selectRows(operations, selection, progress)) rows.push(row)
  const found = new Set(rows.map(({ id }) => id))
  const missing = (selection.ids ?? []).filter(id => !found.has(id))
  if (missing.length > 0) throw noSuchRows(missing)
  return rows
}

/** @returns the records of the rows that were moved. */
async function inSteps(
  rows: readonly QuarantinedRow[],
  done: string,
  step: (ids: number[]) => Promise<QuarantinedRow[]>,
): Promise<number> {
  const progress = startProgress(`of ${countOf(recordsOf(rows), 'record')} ${done}`)
  let records = 0
  for (let from = 0; from < rows.length; ) {
    let to = from
    for (let bytes = 0; to < rows.length && to - from < stepRows && (to === from || bytes < stepBytes); to++)
      bytes += rows[to]!.bytes
    try {
      records += recordsOf(await step(rows.slice(from, to).map(({ id }) => id)))
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      throw new CommandError(
        `${cause}. At least ${countOf(records, 'record')} ${done}; run it again for the rest, nothing is ${done} twice`,
      )
    }
    progress(records)
    from = to
  }
  return records
}

function recordsOf(rows: readonly QuarantinedRow[]): number {
  return rows.reduce((sum, { records }) => sum + records, 0)
}

function noSuchRows(ids: readonly number[]): CommandError {
  return new CommandError(
    `the quarantine has no row ${ids.slice(0, 10).join(', ')} (with these filters), and nothing was done: see \`quarantine list --each\``,
  )
}

function nothing(selection: Selection): string {
  return isEmpty(selection) || selection.all ? 'The quarantine is empty.' : 'Nothing in quarantine is like that.'
}
