import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SpoolBusyError } from './spool.ts'

export const pageBytes = 8192
/** To be said before the first table is made. */
export const pageLayout = `PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`

/** 16 MiB of log: most parts come and go in it, and what is gone by then is never written to the file itself. */
const checkpointPages = 2000
/** As much as the log: what was just stored is then leased and deleted without reading it back. */
const cacheBytes = checkpointPages * pageBytes

/** What brings a file of one version up to the next, from version 1 on. Raised with every change of the tables below. */
const upgrades = ['ALTER TABLE parts ADD COLUMN crc INTEGER']
export const schemaVersion = 1 + upgrades.length

export const schema = `
  CREATE TABLE parts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    app TEXT NOT NULL,
    batch TEXT NOT NULL,
    -- NULL where a relay stored it that had no checksums.
    crc INTEGER,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX parts_by_lane ON parts (lane, seq, records, bytes, app);

  -- Apart from parts, because an update of a row rewrites its body too.
  CREATE TABLE attempts (seq INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;

  -- Numbered in the order of arrival, so that the oldest and the number of rows are found without a scan.
  CREATE TABLE seen (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    app TEXT NOT NULL,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (id, app)
  ) STRICT;

  CREATE TABLE quarantine (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    lane TEXT NOT NULL,
    app TEXT NOT NULL,
    batch TEXT NOT NULL,
    records INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
`

const tableNames = Array.from(schema.matchAll(/CREATE TABLE (\w+)/g), ([, name]) => name)

/** Opens the spool's one file for this process alone, with its tables. Throws with words for the operator. */
export function openDatabase(dir: string): DatabaseSync {
  const file = join(dir, 'spool.sqlite')
  assertWritable(dir, file)
  const db = new DatabaseSync(file)
  try {
    // The lock before anything that reads: otherwise the log that a killed process left needs another file, and on a
    // full disk there is no room for it (https://www.sqlite.org/wal.html#noshm).
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    // Both are fixed by the first table, and to set the latter again would write a page.
    if (pragma(db, 'page_count') === 0) db.exec(pageLayout)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA cache_size = -${cacheBytes / 1024}`)
    db.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`)
    db.exec('BEGIN IMMEDIATE')
    const version = pragma(db, 'user_version')
    if (version > schemaVersion)
      throw new Error(`it was written by a newer version (schema ${version}, this one knows ${schemaVersion})`)
    if (version === 0) db.exec(schema)
    else if (!hasTables(db)) throw new DamagedFileError('its tables are missing')
    else for (const upgrade of upgrades.slice(version - 1)) db.exec(upgrade)
    if (version !== schemaVersion) db.exec(`PRAGMA user_version = ${schemaVersion}`)
    db.exec('COMMIT')
    return db
  } catch (error) {
    db.close()
    const cause = error instanceof Error ? error.message : String(error)
    if (isBusy(error)) throw busyError(file)
    const advice = errorCode(error) === 26 ? ': move it away, and start again with an empty one' : ''
    throw new Error(`cannot open the spool ${file}: ${cause}${advice}`, { cause: error })
  }
}

function hasTables(db: DatabaseSync): boolean {
  const found = new Set(
    db
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => name),
  )
  return tableNames.every(name => found.has(name))
}

/** SQLite would say no more than that it is "unable to open database file". */
function assertWritable(dir: string, file: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    accessSync(dir, constants.W_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    const { code, path = dir } = error as NodeJS.ErrnoException
    throw new Error(
      `${path} can't be written (${code}): set RELAY_DATA_DIR (--data-dir) to a directory of this user, or give this one to it`,
      { cause: error },
    )
  }
}

/** The number that a pragma such as `page_count` answers with. */
export function pragma(db: DatabaseSync, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return Number(row?.[name] ?? 0)
}

/** Nothing more fits, by the quota or by the disk: https://www.sqlite.org/rescode.html#full */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 13
}

/** A table or an index lacks what another part of the file says is there. */
export class DamagedFileError extends Error {
  override name = 'DamagedFileError'
}

/** What the file holds contradicts itself: https://www.sqlite.org/rescode.html#corrupt */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedFileError || errorCode(error) === 11) return true
  return error instanceof Error && isDamage(error.cause)
}

/** A row does not fit its table: https://www.sqlite.org/rescode.html#constraint */
export function isConstraint(error: unknown): boolean {
  return errorCode(error) === 19
}

export function busyError(file: string): SpoolBusyError {
  return new SpoolBusyError(`cannot open the spool ${file}: another process uses it`)
}

export function isBusy(error: unknown): boolean {
  return errorCode(error) === 5
}

function errorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return
  // The low byte is the primary code, the rest its extension.
  return Number(error.errcode) & 0xff
}
