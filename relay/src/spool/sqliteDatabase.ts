import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { busyError, DamagedFileError, isBusy, isDamage, isUnusable } from './sqliteErrors.ts'
import { knowsAllPages } from './sqliteFirstPage.ts'
import { pageBytes, pageLayout, pragma, upgrade } from './sqliteSchema.ts'

/** 16 MiB of log: most parts come and go in it, and what is gone by then is never written to the file itself. */
const checkpointPages = 2000
/** As much as the log: what was just stored is then leased and deleted without reading it back. */
const cacheBytes = checkpointPages * pageBytes

/** Opens the spool's one file for this process alone, with its tables. Throws with words for the operator. */
export function openDatabase(dir: string): DatabaseSync {
  const file = join(dir, 'spool.sqlite')
  const db = new DatabaseSync(file)
  try {
    // The lock before anything that reads: otherwise the log that a killed process left needs another file, and on a
    // full disk there is no room for it (https://www.sqlite.org/wal.html#noshm).
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    // Before all that writes, and then cuts it.
    if (!knowsAllPages(db, file)) throw new DamagedFileError('it is longer than its first page says')
    // Both are fixed by the first table, and to set the latter again would write a page.
    if (pragma(db, 'page_count') === 0) db.exec(pageLayout)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA cache_size = -${cacheBytes / 1024}`)
    db.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`)
    db.exec('BEGIN IMMEDIATE')
    upgrade(db)
    db.exec('COMMIT')
    return db
  } catch (error) {
    db.close()
    const cause = error instanceof Error ? error.message : String(error)
    if (isBusy(error)) throw busyError(file)
    const words = `cannot open the spool ${file}: ${cause}`
    const Kind = isDamage(error) || isUnusable(error) ? DamagedFileError : Error
    throw new Kind(words, { cause: error })
  }
}

/** Makes the directory where it is missing. SQLite would say no more than that it is "unable to open database file". */
export function assertWritable(dir: string): void {
  const file = join(dir, 'spool.sqlite')
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    accessSync(dir, constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    const { code, path = dir } = error as NodeJS.ErrnoException
    throw new Error(
      `${path} can't be written (${code}): set RELAY_DATA_DIR (--data-dir) to a directory of this user, or give this one to it`,
      { cause: error },
    )
  }
}
