import type { DatabaseSync } from 'node:sqlite'

/** What the store asks of the tables, see `sqliteSchema.ts`. */
export function prepareStatements(db: DatabaseSync) {
  return {
    totals: db.prepare(
      'SELECT count(*) AS parts, coalesce(sum(records), 0) AS records, coalesce(sum(bytes), 0) AS bytes FROM parts',
    ),
    oldest: db.prepare('SELECT at FROM parts ORDER BY seq LIMIT 1'),
    seen: db.prepare('SELECT count FROM seen WHERE id = ? AND app = ?'),
    remember: db.prepare(
      'INSERT INTO seen (id, app, count, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count',
    ),
    insertPart: db.prepare(
      'INSERT INTO parts (lane, records, bytes, at, app, batch, crc, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    lanes: db.prepare('SELECT lane, min(seq) AS first FROM parts GROUP BY lane ORDER BY first'),
    partsOfLane: db.prepare('SELECT seq, records, bytes FROM parts WHERE lane = ? ORDER BY seq'),
    leased: db.prepare(
      'SELECT lane, app, batch, records, at, crc, body, coalesce(count, 0) AS attempts FROM parts LEFT JOIN attempts USING (seq) WHERE seq = ?',
    ),
    countAttempt: db.prepare(
      'INSERT INTO attempts (seq, count) VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
    ),
    neverLeased: db.prepare(
      'SELECT seq, app, records, at FROM parts WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.seq = parts.seq) ORDER BY seq',
    ),
    part: db.prepare('SELECT lane, app, batch, records, bytes, at FROM parts WHERE seq = ?'),
    deletePart: db.prepare('DELETE FROM parts WHERE seq = ?'),
    deleteAttempts: db.prepare('DELETE FROM attempts WHERE seq = ?'),
    replaceBody: db.prepare('UPDATE parts SET records = ?, bytes = ?, crc = ?, body = ? WHERE seq = ?'),
  }
}
