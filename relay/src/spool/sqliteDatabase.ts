import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SpoolBusyError } from './spool.ts'

export const pageBytes = 8192

/** 16 MiB of log: most parts come and go in it, and what is gone by then is never written to the file itself. */
const checkpointPages = 2000
/** As much as the log: what was just stored is then leased and deleted without reading it back. */
const cacheBytes = checkpointPages * pageBytes

/** Raised with every change of the tables below; older files are then brought up to it step by step. */
const schemaVersion = 1

const schema = `
  CREATE TABLE parts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    app TEXT NOT NULL,
    batch TEXT NOT NULL,
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
    if (pragma(db, 'page_count') === 0) db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA cache_size = -${cacheBytes / 1024}`)
    db.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`)
    db.exec('BEGIN IMMEDIATE')
    const version = pragma(db, 'user_version')
    if (version > schemaVersion)
      throw new Error(`it was written by a newer version (schema ${version}, this one knows ${schemaVersion})`)
    if (version === 0) db.exec(`${schema}; PRAGMA user_version = ${schemaVersion}`)
    db.exec('COMMIT')
    return db
  } catch (error) {
    db.close()
    const cause = error instanceof Error ? error.message : String(error)
    if (isBusy(error)) throw new SpoolBusyError(`cannot open the spool ${file}: another process uses it`)
    throw new Error(`cannot open the spool ${file}: ${cause}`, { cause: error })
  }
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

function isBusy(error: unknown): boolean {
  return errorCode(error) === 5
}

function errorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return
  // The low byte is the primary code, the rest its extension.
  return Number(error.errcode) & 0xff
}
