import type { DatabaseSync } from 'node:sqlite'
import { pageBytes, pragma } from './sqliteSchema.ts'

/** How long a batch id is remembered: as long as a page keeps what it could not deliver. */
const seenForMs = 7 * 24 * 3600_000
/** What one remembered id takes, table and index together. */
const seenRowBytes = 160
const rowsPerStep = 500
const pagesPerStep = 256
/** Free pages are kept for the next rush up to this many (16 MiB). */
const sparePages = 2048
const stepsTakeMs = 20

export interface Maintenance {
  /** Forgets old batch ids. Short, and to be called about once a second. */
  prune(): void
  /** Gives free space back to the file system. Only for when nobody waits. */
  shrink(): void
}

/**
 * The chores of the spool's file, in steps short enough to stand between two groups of appends.
 * Ids take at most half of the quota; above that the oldest are forgotten early, so that a flood of
 * tiny batches cannot keep the spool full for days.
 */
export function createMaintenance(db: DatabaseSync, maxBytes: number): Maintenance {
  const maxSeen = Math.floor(maxBytes / 2 / seenRowBytes)
  const ends = db.prepare('SELECT min(n) AS first, max(n) AS last FROM seen')
  const forget = db.prepare('DELETE FROM seen WHERE n < ? AND (at < ? OR n <= ?)')
  return {
    prune() {
      inShortSteps(() => {
        const { first, last } = ends.get() as { first: number | null; last: number | null }
        if (first === null || last === null) return false
        const { changes } = forget.run(first + rowsPerStep, Date.now() - seenForMs, last - maxSeen)
        return Number(changes) === rowsPerStep
      })
    },
    shrink() {
      let shrunk = false
      inShortSteps(() => {
        const free = pragma(db, 'freelist_count')
        const spare = pragma(db, 'page_count') - free < sparePages ? 0 : sparePages
        if (free <= spare) return false
        db.exec(`PRAGMA incremental_vacuum(${Math.min(pagesPerStep, free - spare)})`)
        shrunk = true
        return true
      })
      // The file itself is cut when its log is written back.
      if (shrunk) db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    },
  }
}

/** @returns a function that tells how many bytes can still be stored below `maxPages`. */
export function createHeadroom(db: DatabaseSync, maxPages: number): () => number {
  // Prepared, because each append may ask.
  const pages = db.prepare('PRAGMA page_count')
  const free = db.prepare('PRAGMA freelist_count')
  return () => Math.max(0, maxPages - Number(pages.get()!.page_count) + Number(free.get()!.freelist_count)) * pageBytes
}

function inShortSteps(step: () => boolean): void {
  const endMs = performance.now() + stepsTakeMs
  while (step() && performance.now() < endMs);
}
