import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { busyError, isBusy, isConstraint, isFull, isOfDatabase } from './sqliteErrors.ts'
import { knowsAllPages, replaceFirstPage } from './sqliteFirstPage.ts'
import type { SpoolDamage } from './sqliteMessages.ts'
import { hasColumns, pageLayout, schema, schemaVersion } from './sqliteSchema.ts'

/** Each with its key, the column that counts up. */
const tables = { parts: 'seq', attempts: 'seq', seen: 'n', quarantine: 'n' }

/** Ids are random: each goes into another page of their index, which would be written again and again. */
const cacheBytes = 64 * 1024 * 1024
/** Twice as far, and numbers are no longer exact. */
const largestKey = Number.MAX_SAFE_INTEGER / 4

type Value = string | number | Uint8Array | null

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
  const to = new DatabaseSync(fresh)
  let from: Source | undefined
  let damage: SpoolDamage
  try {
    to.exec(
      `${pageLayout}; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -${cacheBytes / 1024}; PRAGMA synchronous = FULL; ${schema}`,
    )
    to.exec(`PRAGMA user_version = ${schemaVersion}`)
    from = openSource(file, fresh)
    to.exec('BEGIN')
    for (const [table, key] of Object.entries(tables)) copyTable(from.db, to, table, key)
    damage = { kind: 'unreadable', keptAs, lostRecords: lostRecords(from.db, to) }
    to.exec('COMMIT')
  } catch (error) {
    if (!isFull(error)) throw error
    const room = `there is no room in ${dir} to copy what can be read of it (${statSync(file).size} bytes at most)`
    throw new Error(`the spool's file is damaged, and ${room}: make room, and start again`, { cause: error })
  } finally {
    to.close()
    from?.close()
  }
  // A log of the old file would be played back into the new one.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${keptAs}-wal`)
  renameSync(file, keptAs)
  renameSync(fresh, file)
  return damage
}

interface Source {
  db: DatabaseSync
  close(): void
}

/** By the first page of an empty spool, where its own does not lead to the tables. */
function openSource(file: string, emptyFile: string): Source {
  const db = openAlone(file)
  if (db && readable(() => hasColumns(db) && knowsAllPages(db, file))) return { db, close: () => closeQuietly(db) }
  if (db) closeQuietly(db)
  const putBack = replaceFirstPage(file, emptyFile)
  const opened = openAlone(file)
  if (!opened) {
    putBack()
    throw new Error(`the spool's file is damaged, and nothing of it can be read: move ${file} away, and start again`)
  }
  return {
    db: opened,
    close() {
      closeQuietly(opened)
      putBack()
    },
  }
}

/** Nobody else reads or writes it meanwhile, and least of all a relay that is well. `undefined` if SQLite can't. */
function openAlone(file: string): DatabaseSync | undefined {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; BEGIN IMMEDIATE; COMMIT')
    return db
  } catch (error) {
    closeQuietly(db)
    if (isBusy(error)) throw busyError(file)
    return undefined
  }
}

function copyTable(from: DatabaseSync, to: DatabaseSync, table: string, key: string): void {
  const select = readable(() => from.prepare(`SELECT * FROM ${table} WHERE ${key} >= ? ORDER BY ${key}`))
  if (!select) return
  const names = select.columns().map(({ name }) => name)
  const insert = to.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
  for (const row of readableRows(select, names.indexOf(key))) {
    try {
      insert.run(...row)
    } catch (error) {
      // Damaged as well: of another type than its column, or a number that is there twice.
      if (!isConstraint(error)) throw error
    }
  }
}

/** One after the other by their keys: behind a page that can't be read there may be others that can. */
function* readableRows(select: StatementSync, key: number): Generator<Value[]> {
  select.setReturnArrays(true)
  for (let at = 0; at < largestKey; at = beyondDamage(at)) {
    // From the next key on, and not from behind this one: that may lie on the page that can't be read.
    const rows = select.iterate(at + 1)
    for (let next = readable(() => rows.next()); next; next = readable(() => rows.next())) {
      if (next.done) return
      const row = next.value as unknown as Value[]
      if (!isBehind(row, at)) break
      at = row[key] as number
      yield row
    }
  }

  /** Pages that lead back would lead round and round. */
  function isBehind(row: Value[], at: number): boolean {
    return typeof row[key] === 'number' && row[key] > at
  }

  function canReadAfter(at: number): boolean {
    const found = readable(() => ({ row: select.get(at + 1) as unknown as Value[] | undefined }))
    return found !== undefined && (found.row === undefined || isBehind(found.row, at))
  }

  /** The first key behind which rows can be read again: with steps that double, since nobody knows how far it is. */
  function beyondDamage(from: number): number {
    let step = 1
    while (!canReadAfter(from + step) && step < largestKey) step *= 2
    let bad = from + Math.floor(step / 2)
    let good = from + step
    while (good - bad > 1) {
      const middle = Math.floor((good + bad) / 2)
      if (canReadAfter(middle)) good = middle
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
    if (isOfDatabase(error)) return undefined
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
