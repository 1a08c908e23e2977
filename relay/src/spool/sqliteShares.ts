import type { DatabaseSync } from 'node:sqlite'
import { pageBytes } from './sqliteSchema.ts'

/** What each app holds in the spool: one that sends much while Loki is away must leave room for the others. */
export interface AppShares {
  /**
   * Whether these parts fit what the app may have of the room that others leave (0 to 1).
   * An app that holds nothing always has room, so that no batch waits for ever.
   */
  hasRoom(app: string, parts: readonly { body: Uint8Array }[], maxShare: number | undefined): boolean
  /** One part came, or went. */
  add(app: string, sign: 1 | -1, bodyBytes: number): void
  /** Bytes of the bodies that each app holds; apps that hold nothing are not in it. */
  bytesByApp(): Map<string, number>
}

interface Held {
  parts: number
  bytes: number
  /** What they take of the file. */
  fileBytes: number
}

/** @param headroomBytes What can still be stored: what batch ids and the quarantine take is nobody's share. */
export function createAppShares(db: DatabaseSync, headroomBytes: () => number): AppShares {
  db.function('file_bytes', { deterministic: true }, bytes => fileBytesOf(Number(bytes)))
  // Read once, and from the index alone.
  const rows = db
    .prepare(
      'SELECT app, count(*) AS parts, sum(bytes) AS bytes, sum(file_bytes(bytes)) AS fileBytes FROM parts GROUP BY app',
    )
    .all() as unknown as (Held & { app: string })[]
  const held = new Map(rows.map(({ app, ...rest }): [string, Held] => [app, rest]))
  return {
    hasRoom(app, parts, maxShare = 1) {
      const own = held.get(app)
      if (own === undefined || parts.length === 0 || maxShare >= 1) return true
      const more = parts.reduce((bytes, { body }) => bytes + fileBytesOf(body.byteLength), 0)
      return own.fileBytes + more <= maxShare * (headroomBytes() + own.fileBytes)
    },
    add(app, sign, bodyBytes) {
      const before = held.get(app) ?? { parts: 0, bytes: 0, fileBytes: 0 }
      const parts = before.parts + sign
      const bytes = before.bytes + sign * bodyBytes
      if (parts > 0) held.set(app, { parts, bytes, fileBytes: before.fileBytes + sign * fileBytesOf(bodyBytes) })
      else held.delete(app)
    },
    bytesByApp: () => new Map([...held].map(([app, { bytes }]) => [app, bytes])),
  }
}

/** Lane, app, batch id and numbers of a row, about. */
const columnBytes = 120
/** Its entry in the index, about. */
const indexBytes = 100
const mostInLeaf = pageBytes - 35
const leastInLeaf = Math.floor(((pageBytes - 12) * 32) / 255) - 23

/**
 * What a part takes of the file, about: leaves hold whole rows, and what does not fit them gets pages of its own, so
 * a body of 5 KB takes 8. https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
function fileBytesOf(bodyBytes: number): number {
  const rowBytes = bodyBytes + columnBytes
  const rest = leastInLeaf + ((rowBytes - leastInLeaf) % (pageBytes - 4))
  const inLeaf = rowBytes <= mostInLeaf ? rowBytes : rest <= mostInLeaf ? rest : leastInLeaf
  const ownPages = Math.ceil((rowBytes - inLeaf) / (pageBytes - 4))
  const rowsInLeaf = Math.floor((pageBytes - 8) / (inLeaf + 12)) || 1
  return Math.round(ownPages * pageBytes + pageBytes / rowsInLeaf + indexBytes)
}
