import { DatabaseSync } from 'node:sqlite'
import { DamagedFileError } from './sqliteErrors.ts'

export const pageBytes = 8192
/** To be said before the first table is made. */
export const pageLayout = `PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`

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
    body BLOB NOT NULL,
    -- Last, where the upgrade adds it: all files have their columns in one order. NULL if stored without a checksum.
    crc INTEGER
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

/** Brings the tables to this version, and says what else the file may be. To be called within a transaction. */
export function upgrade(db: DatabaseSync): void {
  const version = pragma(db, 'user_version')
  if (!isLaidOut(db)) {
    if (version > schemaVersion)
      throw new Error(`it was written by a newer version (schema ${version}, this one knows ${schemaVersion})`)
    if (version === 0 && isEmpty(db)) db.exec(schema)
    else for (const statement of upgrades.slice(Math.max(0, version - 1))) db.exec(statement)
    if (!isLaidOut(db)) throw new DamagedFileError('its tables are not what they were')
  }
  if (version !== schemaVersion) db.exec(`PRAGMA user_version = ${schemaVersion}`)
}

/** Every table has the columns that it was made with. */
export function hasColumns(db: DatabaseSync): boolean {
  return includesAll(columnsOf(db), expected().columns)
}

/**
 * These columns and no others, and the tables begin where they were put: by the schema above, or by a VACUUM of
 * somebody's. Then it is of this version, whatever number has rotted into its header.
 */
function isLaidOut(db: DatabaseSync): boolean {
  const found = { columns: columnsOf(db), roots: rootsOf(db) }
  const { columns, roots } = expected()
  return areEqual(found.columns, columns) && roots.some(wanted => areEqual(found.roots, wanted))
}

function isEmpty(db: DatabaseSync): boolean {
  // The first page, and the one that auto_vacuum keeps its map on.
  return pragma(db, 'page_count') <= 2 && rootsOf(db).length === 0
}

function expected() {
  const db = new DatabaseSync(':memory:')
  try {
    db.exec(`${pageLayout}; ${schema}`)
    const made = rootsOf(db)
    db.exec('VACUUM')
    return { columns: columnsOf(db), roots: [made, rootsOf(db)] }
  } finally {
    db.close()
  }
}

function columnsOf(db: DatabaseSync): string[] {
  return listed(
    db,
    `SELECT tables.name, columns.name, columns.type, columns."notnull", columns.pk
     FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_stat%'`,
  )
}

function rootsOf(db: DatabaseSync): string[] {
  // Without what ANALYZE leaves.
  return listed(db, "SELECT type, name, tbl_name, rootpage FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
}

function listed(db: DatabaseSync, query: string): string[] {
  const rows = db.prepare(query)
  rows.setReturnArrays(true)
  return rows.all().map(row => JSON.stringify(row))
}

function areEqual(found: string[], wanted: string[]): boolean {
  return found.length === wanted.length && includesAll(found, wanted)
}

function includesAll(found: string[], wanted: string[]): boolean {
  return wanted.every(each => found.includes(each))
}

/** The number that a pragma such as `page_count` answers with. */
export function pragma(db: DatabaseSync, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return Number(row?.[name] ?? 0)
}
