import { closeSync, existsSync, ftruncateSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { busyError, isBusy, isConstraint, isFull, pageLayout, schema, schemaVersion } from './sqliteDatabase.ts'
import type { SpoolDamage } from './sqliteMessages.ts'

/** Each with its key, the column that counts up. */
const tables = { parts: 'seq', attempts: 'seq', seen: 'n', quarantine: 'n' }

type Row = Record<string, string | number | Uint8Array | null>

/**
 * Puts a damaged file aside and another in its place, with all rows of it that can be read, under the numbers they had.
 * The file is read where it lies, so that a crash in the middle leaves it to be salvaged again.
 */
export function salvage(dir: string, nowMs: number): SpoolDamage {
  const file = join(dir, 'spool.sqlite')
  const fresh = join(dir, 'salvage.sqlite')
  const keptAs = join(dir, `damaged-${nowMs}.sqlite`)
  if (!existsSync(file) && existsSync(fresh)) {
    // Ended between the last two steps below.
    renameSync(fresh, file)
    return { kind: 'unreadable', keptAs: undefined, lostRecords: undefined }
  }
  rmSync(fresh, { force: true })
  const from = openAlone(file)
  const to = new DatabaseSync(fresh)
  let damage: SpoolDamage
  try {
    to.exec(`${pageLayout}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; BEGIN; ${schema}`)
    for (const [table, key] of Object.entries(tables)) copyTable(from, to, table, key)
    damage = { kind: 'unreadable', keptAs, lostRecords: lostRecords(from, to) }
    to.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`)
  } catch (error) {
    if (!isFull(error)) throw error
    const room = `there is no room in ${dir} to copy what can be read of it (${statSync(file).size} bytes at most)`
    throw new Error(`the spool's file is damaged, and ${room}: make room, and start again`, { cause: error })
  } finally {
    to.close()
    closeQuietly(from)
  }
  // A log of the old file would be played back into the new one.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${keptAs}-wal`)
  renameSync(file, keptAs)
  renameSync(fresh, file)
  return damage
}

/** Nobody else reads or writes it meanwhile, and least of all a relay that is well. */
function openAlone(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; BEGIN IMMEDIATE; COMMIT')
  } catch (error) {
    db.close()
    if (isBusy(error)) throw busyError(file)
    completeLength(file)
    return new DatabaseSync(file)
  }
  return db
}

/** Of a file that was cut short SQLite reads nothing at all; with zeros for what is missing it reads the rest. */
function completeLength(file: string): void {
  const header = new DataView(new ArrayBuffer(32))
  const handle = openSync(file, 'r+')
  try {
    if (readSync(handle, header) < header.byteLength) return
    // https://www.sqlite.org/fileformat2.html#the_database_header
    const bytes = header.getUint16(16) * header.getUint32(28)
    if (bytes > statSync(file).size) ftruncateSync(handle, bytes)
  } finally {
    closeSync(handle)
  }
}

function copyTable(from: DatabaseSync, to: DatabaseSync, table: string, key: string): void {
  for (const row of readableRows(from, table, key)) {
    const names = Object.keys(row)
    const places = names.map(() => '?')
    try {
      to.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`).run(...Object.values(row))
    } catch (error) {
      // Damaged as well: of another type than its column, or a number that is there twice.
      if (!isConstraint(error)) throw error
    }
  }
}

/** One after the other by their keys: behind a page that can't be read there may be others that can. */
function* readableRows(db: DatabaseSync, table: string, key: string): Generator<Row> {
  const select = readable(() => db.prepare(`SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1`))
  if (!select) return
  for (let at = 0; ; ) {
    const found = next(at)
    if (found === 'end') return
    if (found) {
      at = found[key] as number
      yield found
    } else at = beyondDamage(at)
    if (at > Number.MAX_SAFE_INTEGER / 4) return
  }

  function next(after: number): Row | 'end' | undefined {
    const row = readable(() => (select!.get(after) as Row | undefined) ?? 'end')
    // Pages that lead back would lead round and round.
    return row === 'end' || (typeof row?.[key] === 'number' && row[key] > after) ? row : undefined
  }

  /** The first key behind which rows can be read again: with steps that double, since nobody knows how far it is. */
  function beyondDamage(from: number): number {
    let step = 1
    while (!next(from + step) && step < Number.MAX_SAFE_INTEGER / 4) step *= 2
    let bad = from + Math.floor(step / 2)
    let good = from + step
    while (good - bad > 1) {
      const middle = Math.floor((good + bad) / 2)
      if (next(middle)) good = middle
      else bad = middle
    }
    return good
  }
}

/** By the index, which is apart from the rows. `undefined` where it can't be read either. */
function lostRecords(from: DatabaseSync, to: DatabaseSync): number | undefined {
  const sum = (db: DatabaseSync) =>
    Number(db.prepare('SELECT coalesce(sum(records), 0) AS records FROM parts INDEXED BY parts_by_lane').get()!.records)
  const before = readable(() => sum(from))
  return before === undefined ? undefined : Math.max(0, before - sum(to))
}

/** `undefined` where SQLite can't read it, for whatever reason. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return undefined
    throw error
  }
}

/** It wants to write its log back, which the damage may prevent. */
function closeQuietly(db: DatabaseSync): void {
  try {
    db.close()
  } catch {
    // The log is put aside with the file.
  }
}
