import type { DatabaseSync } from 'node:sqlite'
import type { QuarantinedRow, QuarantinePage } from './spool.ts'

/** What Loki will never take, on an open transaction. */
export interface SqliteQuarantine {
  add(row: Omit<QuarantinedRow, 'id' | 'atMs' | 'bytes'>, body: Uint8Array): void
  page(page: QuarantinePage): QuarantinedRow[]
  body(id: number): Uint8Array | undefined
  /** Takes a row out. */
  remove(id: number): QuarantinedRow | undefined
  records(): number
}

/**
 * @param maxBytes Above it only the fact of an entry is kept, not its body: poison must not fill the spool.
 * @param undo Takes what undoes a change in memory, should the transaction fail.
 */
export function createSqliteQuarantine(
  db: DatabaseSync,
  maxBytes: number,
  undo: (change: () => void) => void,
): SqliteQuarantine {
  const columns = 'n AS id, at AS atMs, lane, app, batch, records, length(body) AS bytes, reason'
  const sql = {
    total: db.prepare(
      'SELECT coalesce(sum(records), 0) AS records, coalesce(sum(length(body)), 0) AS bytes FROM quarantine',
    ),
    insert: db.prepare(
      'INSERT INTO quarantine (at, lane, app, batch, records, reason, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    page: db.prepare(`SELECT ${columns} FROM quarantine WHERE n > ? ORDER BY n LIMIT ?`),
    row: db.prepare(`SELECT ${columns} FROM quarantine WHERE n = ?`),
    body: db.prepare('SELECT body FROM quarantine WHERE n = ?'),
    remove: db.prepare('DELETE FROM quarantine WHERE n = ?'),
  }
  const total = sql.total.get() as { records: number; bytes: number }

  return {
    add({ lane, app, batch, records, reason }, body) {
      const kept = total.bytes + body.byteLength <= maxBytes ? body : new Uint8Array()
      sql.insert.run(Date.now(), lane, app, batch, records, reason, kept)
      count(records, kept.byteLength)
    },
    page: ({ after, limit }) => sql.page.all(after, limit) as unknown as QuarantinedRow[],
    body(id) {
      const body = (sql.body.get(id) as { body: unknown } | undefined)?.body
      // What rotted may be read as a text.
      return body instanceof Uint8Array ? body : undefined
    },
    remove(id) {
      const row = sql.row.get(id) as QuarantinedRow | undefined
      if (!row) return undefined
      sql.remove.run(id)
      count(-row.records, -row.bytes)
      return row
    },
    records: () => total.records,
  }

  function count(records: number, bytes: number): void {
    total.records += records
    total.bytes += bytes
    undo(() => {
      total.records -= records
      total.bytes -= bytes
    })
  }
}
