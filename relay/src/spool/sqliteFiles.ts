import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { assertWritable, openDatabase } from './sqliteDatabase.ts'
import { busyError, isBusy, isDamage, isFull, isUnusable } from './sqliteErrors.ts'
import { keepLog, transactionsBehindBreak } from './sqliteLog.ts'
import type { SpoolDamage } from './sqliteMessages.ts'
import { salvage } from './sqliteSalvage.ts'
import { pragma } from './sqliteSchema.ts'

/** Says in the file itself that its log has to be there too: set while a relay has it open. */
const inUse = 1

/** Told of the bytes that a salvage is about to read. */
type OnSalvage = (bytes: number) => void

interface Opened<T> {
  opened: T
  damage?: SpoolDamage
}

/**
 * Opens the spool's file whatever has become of it: what is left of a damaged one is salvaged, and what is missing is told.
 * `use` is what first reads all of it.
 */
export function openWhatIsThere<T>(dir: string, use: (db: DatabaseSync) => T, onSalvage: OnSalvage): Opened<T> {
  assertWritable(dir)
  const missing = findMissing(dir)
  let unreadable = existsSync(markOf(dir)) ? salvageMarked(dir, onSalvage) : undefined
  try {
    return open()
  } catch (error) {
    if (unreadable || !(isDamage(error) || isUnusable(error))) throw error
    unreadable = salvageMarked(dir, onSalvage)
    return open()
  }

  function open(): Opened<T> {
    const db = openDatabase(dir)
    try {
      const opened = use(db)
      const damage = unreadable ?? (missing === 'log' ? missingLog(db) : (missing ?? brokenLog(db, dir)))
      // The first to write: some damage shows no earlier.
      markInUse(db)
      return { opened, damage }
    } catch (error) {
      db.close()
      throw error
    }
  }
}

/** Whoever opens the file next shall salvage it: found while it was in use, when nothing can be put in its place. */
export function markDamaged(dir: string): void {
  writeFileSync(markOf(dir), '')
}

/** All that is in the log is in the file from now on, and the file can do without. */
export function closeDatabase(db: DatabaseSync): void {
  try {
    unlessFull(() => {
      // First of all: on a full disk that makes the room to write the rest.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      setInUse(db, 0)
    })
  } finally {
    db.close()
  }
}

function salvageMarked(dir: string, onSalvage: OnSalvage): SpoolDamage {
  const unlock = lockSalvage(dir)
  try {
    // Found again, should this be killed in the middle.
    markDamaged(dir)
    onSalvage(sizeOf(join(dir, 'spool.sqlite')))
    const damage = salvage(dir, Date.now())
    rmSync(markOf(dir))
    return damage
  } finally {
    unlock()
  }
}

/** Of two processes that find it damaged one salvages. By a file of its own, since the spool's is another one afterwards. */
function lockSalvage(dir: string): () => void {
  const lock = new DatabaseSync(join(dir, 'salvage.lock'))
  try {
    // Without a journal, for which there may be no room. Nothing is ever written to it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw isBusy(error) ? busyError(join(dir, 'spool.sqlite')) : error
  }
  return () => lock.close()
}

function findMissing(dir: string): SpoolDamage | 'log' | undefined {
  const file = join(dir, 'spool.sqlite')
  const log = `${file}-wal`
  if (sizeOf(file) > 0) return existsSync(log) ? undefined : 'log'
  if (sizeOf(log) === 0) return undefined
  // SQLite would delete it: https://www.sqlite.org/wal.html#walfile
  const keptAs = join(dir, `damaged-${Date.now()}.sqlite-wal`)
  renameSync(log, keptAs)
  return { kind: 'fileMissing', keptAs }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Without a log, the file has to be one that was closed in order. */
function missingLog(db: DatabaseSync): SpoolDamage | undefined {
  return pragma(db, 'application_id') === inUse ? { kind: 'logMissing' } : undefined
}

function brokenLog(db: DatabaseSync, dir: string): SpoolDamage | undefined {
  const log = join(dir, 'spool.sqlite-wal')
  const lostTransactions = (unlessFull(() => transactionsBehindBreak(db, log)) ?? 0) - 1
  if (lostTransactions < 1) return undefined
  return { kind: 'logDamaged', keptAs: keepLog(log, join(dir, `damaged-${Date.now()}.sqlite-wal`)), lostTransactions }
}

function markInUse(db: DatabaseSync): void {
  unlessFull(() => {
    setInUse(db, inUse)
    // In the file, not in the log that it speaks of.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  })
}

function setInUse(db: DatabaseSync, value: number): void {
  if (pragma(db, 'application_id') !== value) db.exec(`PRAGMA application_id = ${value}`)
}

/** On a full disk it remains unknown whether a log is missing, and the spool works all the same. */
function unlessFull<T>(write: () => T): T | undefined {
  try {
    return write()
  } catch (error) {
    if (!isFull(error)) throw error
    return undefined
  }
}

function markOf(dir: string): string {
  return join(dir, 'spool.damaged')
}
