import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { checksumOf } from './checksum.ts'
import type {
  AppendResult,
  ExpiredParts,
  LeasedPart,
  LeaseRequest,
  MoveSplit,
  QuarantinedRow,
  QuarantineSplit,
  SpoolBatch,
  SpoolStats,
} from './spool.ts'
import { DamagedFileError } from './sqliteErrors.ts'
import type { LeaseKey } from './sqliteMessages.ts'
import { isSound, type PartOwner, type PartRow, readOwner, toCount } from './sqlitePartRow.ts'
import { createSqliteQuarantine, type SqliteQuarantine } from './sqliteQuarantine.ts'
import { createAppShares } from './sqliteShares.ts'
import { prepareStatements } from './sqliteStatements.ts'

/** The spool's operations on an open transaction. What they change in memory is undone by `rolledBack`. */
export interface SqliteStore {
  /** `full`: the app's share is used up; nothing was written. */
  append(batch: SpoolBatch): AppendResult | { status: 'full' }
  lanes(): string[]
  lease(request: LeaseRequest): LeasedPart[]
  ack(parts: readonly LeaseKey[]): void
  retry(parts: readonly LeaseKey[], delayMs: number): void
  quarantine(part: LeaseKey, split: QuarantineSplit): void
  expire(beforeMs: number, maxParts: number): ExpiredParts
  move(part: LeaseKey, split: MoveSplit): void
  quarantined: SqliteQuarantine['page']
  quarantinedBody: SqliteQuarantine['body']
  requeue(ids: readonly number[]): QuarantinedRow[]
  purge(ids: readonly number[]): QuarantinedRow[]
  /** All but what the disk has a say in, which is not the tables' to know. */
  stats(): Omit<SpoolStats, 'writable' | 'full' | 'freeBytes'>
  committed(): void
  rolledBack(): void
}

/** Who has a part, or until when it rests. In memory only: no other process has the file, so none is left by a dead one. */
interface Hold {
  token: string
  leased: boolean
  untilMs: number
}

interface IndexRow {
  seq: number
  records: number
  bytes: number
}

export interface SqliteStoreOptions {
  /** Above it only the fact of a quarantined entry is kept, not its body: poison must not fill the spool. */
  maxQuarantineBytes: number
  /** What can still be stored, in bytes. */
  headroomBytes: () => number
}

export function createSqliteStore(
  db: DatabaseSync,
  { maxQuarantineBytes, headroomBytes }: SqliteStoreOptions,
): SqliteStore {
  const sql = prepareStatements(db)
  const tokenPrefix = randomBytes(9).toString('base64url')
  const holds = new Map<number, Hold>()
  const undo: (() => void)[] = []
  const waiting = sql.totals.get() as { parts: number; records: number; bytes: number }
  const quarantined = createSqliteQuarantine(db, maxQuarantineBytes, change => undo.push(change))
  const shares = createAppShares(db, headroomBytes)
  let leases = 0

  return {
    append({ app, id, from, to, parts, maxShare }) {
      const nowMs = Date.now()
      const seen = sql.seen.get(id, app) as { count: number } | undefined
      if (seen && to <= seen.count) return { status: 'duplicate' }
      if (from !== (seen?.count ?? 0)) return { status: 'overlap', seen: seen?.count ?? 0 }
      if (!shares.hasRoom(app, parts, maxShare)) return { status: 'full' }
      sql.remember.run(id, app, to, nowMs)
      for (const part of parts) insert(part, app, id, part.body, nowMs)
      return { status: 'stored' }
    },

    lanes: () => (sql.lanes.all() as { lane: string }[]).map(row => row.lane),

    lease({ lane, maxRecords, maxBytes, ttlMs }) {
      const leased: LeasedPart[] = []
      const token = `${tokenPrefix}${(leases++).toString(36)}`
      const nowMs = performance.now()
      let records = 0
      let bytes = 0
      for (const row of sql.partsOfLane.iterate(lane) as Iterable<IndexRow & Record<string, never>>) {
        if (isHeld(row.seq, nowMs)) continue
        if (leased.length > 0 && (records + row.records > maxRecords || bytes + row.bytes > maxBytes)) break
        records += row.records
        bytes += row.bytes
        leased.push(takeOut(row.seq, lane, token))
        hold(row.seq, { token, leased: true, untilMs: nowMs + ttlMs })
      }
      return leased
    },

    ack(parts) {
      for (const part of parts.filter(isHolder)) remove(part.seq)
    },

    retry(parts, delayMs) {
      for (const { seq } of parts.filter(isHolder))
        hold(seq, delayMs > 0 ? { token: '', leased: false, untilMs: performance.now() + delayMs } : undefined)
    },

    quarantine(part, { reason, poison, rest }) {
      if (!isHolder(part)) return
      const { lane, app, batch } = ownerOf(part.seq)
      // First what frees pages, so that a full spool can still set poison aside.
      if (rest) shrink(part.seq, rest)
      else remove(part.seq)
      quarantined.add({ lane, app, batch, records: poison.records, reason }, poison.body)
    },

    quarantined: quarantined.page,

    quarantinedBody: quarantined.body,

    requeue(ids) {
      return ids.flatMap(id => {
        const body = quarantined.body(id)
        if (!body || body.byteLength === 0) return []
        const row = quarantined.remove(id)!
        insert(row, row.app, row.batch, body, Date.now())
        return row
      })
    },

    expire(beforeMs, maxParts) {
      const old: { seq: number; app: string; records: number }[] = []
      // In the order of arrival, so that the first young one ends it: nothing is scanned for what is not there.
      for (const row of sql.neverLeased.iterate() as Iterable<
        (typeof old)[0] & { at: number } & Record<string, never>
      >) {
        if (row.at >= beforeMs || old.length === maxParts) break
        old.push(row)
      }
      const recordsByApp = new Map<string, number>()
      for (const { seq, app, records } of old) {
        remove(seq)
        recordsByApp.set(app, (recordsByApp.get(app) ?? 0) + records)
      }
      return { parts: old.length, recordsByApp }
    },

    move(part, { moved, rest }) {
      if (!isHolder(part)) return
      const { app, batch } = ownerOf(part.seq)
      if (rest) shrink(part.seq, rest)
      else remove(part.seq)
      for (const entries of moved) insert(entries, app, batch, entries.body, Date.now())
    },

    purge: ids => ids.flatMap(id => quarantined.remove(id) ?? []),

    stats() {
      const oldest = sql.oldest.get() as { at: number } | undefined
      const nowMs = performance.now()
      let leased = 0
      for (const held of holds.values()) if (held.leased && held.untilMs > nowMs) leased++
      return {
        ...waiting,
        bytesByApp: shares.bytesByApp(),
        leased,
        oldestAgeMs: oldest ? Math.max(0, Date.now() - oldest.at) : 0,
        quarantinedRecords: quarantined.records(),
      }
    },

    committed() {
      undo.length = 0
    },

    rolledBack() {
      while (undo.length > 0) undo.pop()!()
    },
  }

  function insert(
    { lane, records }: { lane: string; records: number },
    app: string,
    batch: string,
    body: Uint8Array,
    nowMs: number,
  ): void {
    const crc = checksumOf({ lane, app, batch, records, at: nowMs, body })
    sql.insertPart.run(lane, records, body.byteLength, nowMs, app, batch, crc, body)
    count(app, 1, { records, bytes: body.byteLength })
  }

  function isHeld(seq: number, nowMs: number): boolean {
    const held = holds.get(seq)
    return held !== undefined && held.untilMs > nowMs
  }

  function isHolder({ seq, token }: LeaseKey): boolean {
    const held = holds.get(seq)
    return held?.leased === true && held.token === token && held.untilMs > performance.now()
  }

  function takeOut(seq: number, lane: string, token: string): LeasedPart {
    const row = found<PartRow>(sql.leased.get(seq))
    sql.countAttempt.run(seq)
    if (!isSound(row, lane)) {
      const records = toCount(row.records)
      return { seq, lane, records, body: new Uint8Array(), attempts: 0, enqueuedAtMs: Date.now(), token, damaged: true }
    }
    const { records, body, attempts, at } = row
    return { seq, lane, records, body, attempts, enqueuedAtMs: at, token }
  }

  function ownerOf(seq: number): PartOwner {
    return readOwner(found<PartOwner>(sql.part.get(seq)))
  }

  function remove(seq: number): void {
    const row = ownerOf(seq)
    sql.deletePart.run(seq)
    sql.deleteAttempts.run(seq)
    count(row.app, -1, row)
    hold(seq, undefined)
  }

  function shrink(seq: number, rest: { records: number; body: Uint8Array }): void {
    const row = ownerOf(seq)
    sql.replaceBody.run(rest.records, rest.body.byteLength, checksumOf({ ...row, ...rest }), rest.body, seq)
    count(row.app, -1, row)
    count(row.app, 1, { records: rest.records, bytes: rest.body.byteLength })
  }

  function hold(seq: number, next: Hold | undefined): void {
    const before = holds.get(seq)
    set(next)
    undo.push(() => set(before))
    function set(held: Hold | undefined): void {
      if (held) holds.set(seq, held)
      else holds.delete(seq)
    }
  }

  /** One part came, or went. */
  function count(app: string, sign: 1 | -1, { records, bytes }: { records: number; bytes: number }): void {
    add(sign)
    undo.push(() => add(sign === 1 ? -1 : 1))
    function add(one: 1 | -1): void {
      waiting.parts += one
      waiting.records += one * records
      waiting.bytes += one * bytes
      shares.add(app, one, bytes)
    }
  }
}

/** Its index, or a lease, says that the row is there. */
function found<T>(row: unknown): T {
  if (row === undefined) throw new DamagedFileError('a row is missing that an index has')
  return row as T
}
