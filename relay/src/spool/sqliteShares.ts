import type { DatabaseSync } from 'node:sqlite'

/** What each app holds in the spool: one that sends much while Loki is away must leave room for the others. */
export interface AppShares {
  /**
   * Whether these parts fit what the app may have of the room that others leave (0 to 1).
   * An app that holds nothing always has room, so that no batch waits for ever.
   */
  hasRoom(app: string, parts: readonly { body: Uint8Array }[], maxShare: number | undefined): boolean
  add(app: string, parts: number, bytes: number): void
  /** Bytes of the bodies that each app holds; apps that hold nothing are not in it. */
  bytesByApp(): Map<string, number>
}

interface Held {
  parts: number
  bytes: number
}

/** A row of the table and of its index, beside the body. */
const partOverheadBytes = 200

/** @param headroomBytes What can still be stored: what batch ids and the quarantine take is nobody's share. */
export function createAppShares(db: DatabaseSync, headroomBytes: () => number): AppShares {
  // Read once, and from the index alone.
  const rows = db.prepare('SELECT app, count(*) AS parts, sum(bytes) AS bytes FROM parts GROUP BY app').all()
  const held = new Map((rows as unknown as (Held & { app: string })[]).map(({ app, ...rest }) => [app, rest]))
  return {
    hasRoom(app, parts, maxShare = 1) {
      const own = held.get(app)
      if (own === undefined || parts.length === 0 || maxShare >= 1) return true
      const ownBytes = own.bytes + own.parts * partOverheadBytes
      const moreBytes = parts.reduce((bytes, { body }) => bytes + body.byteLength + partOverheadBytes, 0)
      return ownBytes + moreBytes <= maxShare * (headroomBytes() + ownBytes)
    },
    add(app, parts, bytes) {
      const before = held.get(app) ?? { parts: 0, bytes: 0 }
      const after = { parts: before.parts + parts, bytes: before.bytes + bytes }
      if (after.parts > 0) held.set(app, after)
      else held.delete(app)
    },
    bytesByApp: () => new Map([...held].map(([app, { bytes }]) => [app, bytes])),
  }
}
