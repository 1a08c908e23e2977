import type { DatabaseSync } from 'node:sqlite'
import type { AppUsage, LaneUsage, SpoolUsage } from './spool.ts'
import { pageBytes, pragma } from './sqliteDatabase.ts'

type Aged<Row> = Omit<Row, 'oldestAgeMs'> & { at: number }

/** Who and what takes room. Looks at every part: not for a scrape, but for an operator who asks. */
export function createSqliteUsage(db: DatabaseSync): { read(): SpoolUsage } {
  const counts = 'count(*) AS parts, sum(records) AS records, sum(bytes) AS bytes'
  const sql = {
    // The index alone tells all but the time, which is that of the oldest part.
    lanes: db.prepare(`
      SELECT held.lane, held.parts, held.records, held.bytes, parts.at FROM
        (SELECT lane, ${counts}, min(seq) AS first FROM parts GROUP BY lane) AS held
        JOIN parts ON parts.seq = held.first ORDER BY first`),
    apps: db.prepare(`SELECT app, ${counts}, min(at) AS at FROM parts GROUP BY app ORDER BY bytes DESC, app`),
    quarantine: db.prepare(
      'SELECT count(*) AS rows, coalesce(sum(records), 0) AS records, coalesce(sum(length(body)), 0) AS bytes FROM quarantine',
    ),
    ids: db.prepare('SELECT count(*) AS ids FROM seen'),
    oldestId: db.prepare('SELECT at FROM seen ORDER BY n LIMIT 1'),
  }
  return {
    read() {
      const nowMs = Date.now()
      const aged = <Row>(rows: unknown): Row[] =>
        (rows as Aged<Row>[]).map(({ at, ...row }) => ({ ...row, oldestAgeMs: Math.max(0, nowMs - at) }) as Row)
      const oldest = sql.oldestId.get() as { at: number } | undefined
      return {
        usedBytes: (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pageBytes,
        lanes: aged<LaneUsage>(sql.lanes.all()),
        apps: aged<AppUsage>(sql.apps.all()),
        quarantine: sql.quarantine.get() as unknown as SpoolUsage['quarantine'],
        seen: { ...(sql.ids.get() as { ids: number }), oldestAgeMs: oldest ? Math.max(0, nowMs - oldest.at) : 0 },
      }
    },
  }
}
