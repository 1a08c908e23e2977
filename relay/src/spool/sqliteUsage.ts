import type { DatabaseSync } from 'node:sqlite'
import type { SpoolUsage, WaitingFigures } from './spool.ts'
import { pageBytes, pragma } from './sqliteSchema.ts'

/** What some parts of one lane and one app come to. */
export interface PartSum {
  lane: string
  app: string
  parts: number
  records: number
  bytes: number
  /** Of the oldest, in ms since the epoch. */
  atMs: number
}

/** A step through the parts: short enough for appends to pass between two. */
export interface UsagePage {
  sums: PartSum[]
  /** Where the next step begins; absent at the end. */
  last?: number
}

export type UsageTotals = Omit<SpoolUsage, 'lanes' | 'apps'>

const partsPerStep = 2000

export function createSqliteUsage(db: DatabaseSync) {
  const sql = {
    last: db.prepare('SELECT max(seq) AS last FROM (SELECT seq FROM parts WHERE seq > ? ORDER BY seq LIMIT ?)'),
    sums: db.prepare(`
      SELECT lane, app, count(*) AS parts, sum(records) AS records, sum(bytes) AS bytes, min(at) AS atMs
        FROM parts WHERE seq > ? AND seq <= ? GROUP BY lane, app ORDER BY min(seq)`),
    quarantine: db.prepare(
      'SELECT count(*) AS rows, coalesce(sum(records), 0) AS records, coalesce(sum(length(body)), 0) AS bytes FROM quarantine',
    ),
    ids: db.prepare('SELECT count(*) AS ids FROM seen'),
    oldestId: db.prepare('SELECT at FROM seen ORDER BY n LIMIT 1'),
  }
  return {
    page(after: number): UsagePage {
      const { last } = sql.last.get(after, partsPerStep) as { last: number | null }
      if (last === null) return { sums: [] }
      return { sums: sql.sums.all(after, last) as unknown as PartSum[], last }
    },
    totals(): UsageTotals {
      const oldest = sql.oldestId.get() as { at: number } | undefined
      return {
        usedBytes: (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pageBytes,
        quarantine: sql.quarantine.get() as unknown as UsageTotals['quarantine'],
        seen: { ...(sql.ids.get() as { ids: number }), oldestAgeMs: oldest ? Math.max(0, Date.now() - oldest.at) : 0 },
      }
    },
  }
}

/** Adds up the steps: lanes in the order of their oldest part, apps by what they hold. */
export async function readUsage(
  nextPage: (after: number) => Promise<UsagePage>,
  readTotals: () => Promise<UsageTotals>,
): Promise<SpoolUsage> {
  const lanes = new Map<string, WaitingFigures>()
  const apps = new Map<string, WaitingFigures>()
  const nowMs = Date.now()
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { sums, last }: UsagePage = await nextPage(after)
    for (const sum of sums) {
      add(lanes, sum.lane, sum, nowMs)
      add(apps, sum.app, sum, nowMs)
    }
    after = last
  }
  return {
    ...(await readTotals()),
    lanes: [...lanes].map(([lane, figures]) => ({ lane, ...figures })),
    apps: [...apps].map(([app, figures]) => ({ app, ...figures })).sort((a, b) => b.bytes - a.bytes),
  }
}

function add(to: Map<string, WaitingFigures>, name: string, sum: PartSum, nowMs: number): void {
  const ageMs = Math.max(0, nowMs - sum.atMs)
  const { parts = 0, records = 0, bytes = 0, oldestAgeMs = ageMs } = to.get(name) ?? {}
  to.set(name, {
    parts: parts + sum.parts,
    records: records + sum.records,
    bytes: bytes + sum.bytes,
    oldestAgeMs: Math.max(oldestAgeMs, ageMs),
  })
}
