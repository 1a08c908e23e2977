import assert from 'node:assert/strict'
import type { Stats } from '../../../sdk/src/index.ts'
import type { Level } from '../../../sdk/src/wire.ts'
import { isBalanced } from '../../browser/sdkPage.ts'
import type { StoredRecord } from './upstream.ts'

/** One record that a page was made to log. */
export interface Entry {
  id: number
  level: Level
  atMs: number
  /** The documented reason why it may be lost uncounted. */
  excuse?: string
}

/** What must be true of the records of one run. */
export interface Ledger {
  /** The next `count` records of that visit; returns the id of the first. */
  add(visit: string, count: number, level: Level): number
  /** Their time is that after the page has taken them. */
  taken(visit: string): void
  /** Of these visits, records that were younger than that at that time may be lost, for this reason. */
  excuse(visits: readonly string[], reason: string, atMs: number, youngerThanMs: (level: Level) => number): void
  /** Holds that the page's own figures add up to what it was made to log. */
  assertBalance(visit: string, stats: Stats): void
  /** Records that have to be stored and are not. */
  missing(stored: readonly StoredRecord[]): Entry[]
  /** Holds that nothing is stored twice, or changed on its way. */
  assertOnce(stored: readonly StoredRecord[]): void
}

let lastId = 0

export function createLedger(): Ledger {
  const firstId = lastId + 1
  const entries = new Map<number, Entry>()
  const visits = new Map<string, Entry[]>()
  const entriesOf = (visit: string) => {
    const known = visits.get(visit) ?? []
    visits.set(visit, known)
    return known
  }
  return {
    add(visit, count, level) {
      const first = lastId + 1
      for (let i = 0; i < count; i++) {
        const entry = { id: ++lastId, level, atMs: Number.POSITIVE_INFINITY }
        entries.set(entry.id, entry)
        entriesOf(visit).push(entry)
      }
      return first
    },
    taken(visit) {
      const nowMs = Date.now()
      for (const entry of entriesOf(visit)) entry.atMs = Math.min(entry.atMs, nowMs)
    },
    excuse(given, reason, atMs, youngerThanMs) {
      for (const visit of given)
        for (const entry of entriesOf(visit)) if (atMs - entry.atMs < youngerThanMs(entry.level)) entry.excuse = reason
    },
    assertBalance(visit, stats) {
      assert.ok(isBalanced(stats), `out of balance: ${JSON.stringify(stats)}`)
      assert.equal(stats.created, entriesOf(visit).length, `created: ${JSON.stringify(stats)}`)
    },
    missing(stored) {
      const ids = new Set(stored.map(idOf))
      return [...entries.values()].filter(({ id, excuse }) => !excuse && !ids.has(id))
    },
    assertOnce(stored) {
      const seen = new Set<number>()
      const own = stored.filter(record => idOf(record) >= firstId)
      for (const record of own) {
        const id = idOf(record)
        assert.ok(!seen.has(id), `#${id} is stored twice`)
        seen.add(id)
        assert.equal(record.level, entries.get(id)?.level, `level of #${id}`)
      }
    },
  }
}

function idOf({ message }: StoredRecord): number {
  return Number(/#(\d+) /.exec(message)?.[1])
}
