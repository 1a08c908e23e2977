import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { inMebibytes } from '../diskReserve.ts'
import { createDiskRoom } from './diskRoom.ts'
import { SpoolBusyError, type SpoolFull, type SpoolStats } from './spool.ts'
import { isDamage, isFull } from './sqliteErrors.ts'
import { closeDatabase, markDamaged, openWhatIsThere } from './sqliteFiles.ts'
import { createHeadroom, createMaintenance } from './sqliteMaintenance.ts'
import type { FromWorker, OpOutcome, SpoolOp, SpoolOpResults, ToWorker, WorkerOptions } from './sqliteMessages.ts'
import { pageBytes } from './sqliteSchema.ts'
import { createSqliteStore } from './sqliteStore.ts'
import { createSqliteUsage } from './sqliteUsage.ts'

/** Beyond the quota, for what empties a full spool: leases, acks and quarantine write a little before they free. */
const reservePages = 256
const maintenanceEveryMs = 1000
const quarantineShare = 0.1

if (parentPort) start(workerData as WorkerOptions)

/** The one connection, in a thread of its own: SQLite waits for the disk, and HTTP must not wait with it. */
function start(options: WorkerOptions): void {
  const port = parentPort!
  try {
    const spool = openSpool(options, bytes => send({ kind: 'salvaging', bytes }))
    let busy = false
    const chores = setInterval(() => {
      orClose(() => spool.maintain(!busy))
      busy = false
    }, maintenanceEveryMs)
    port.on('message', (message: ToWorker) => {
      busy = true
      if (message.kind === 'group') {
        const outcomes = orClose(() => spool.run(message.ops))
        send({ kind: 'outcomes', outcomes }, bodiesOf(outcomes))
      } else {
        clearInterval(chores)
        spool.close()
        send({ kind: 'closed' })
        port.close()
      }
    })
    send({ kind: 'opened', damage: spool.damage })

    /** Node would close it with the thread, and not say in the file that its log is gone for good reason. */
    function orClose<T>(work: () => T): T {
      try {
        return work()
      } catch (error) {
        clearInterval(chores)
        closeQuietly(spool)
        throw error
      }
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    send({ kind: 'refused', message, busy: error instanceof SpoolBusyError })
  }

  function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    port.postMessage(message, transfer)
  }
}

function openSpool({ dir, maxBytes, minFreeBytes }: WorkerOptions, onSalvage: (bytes: number) => void) {
  const quotaPages = Math.max(16, Math.floor(maxBytes / pageBytes))
  const use = (db: DatabaseSync) => {
    const headroomBytes = createHeadroom(db, quotaPages)
    const store = createSqliteStore(db, { maxQuarantineBytes: maxBytes * quarantineShare, headroomBytes })
    return { db, headroomBytes, store, usage: createSqliteUsage(db), maintenance: createMaintenance(db, maxBytes) }
  }
  const { opened, damage } = openWhatIsThere(dir, use, onSalvage)
  const { db, headroomBytes, store, usage, maintenance } = opened
  /** Size of the last append that did not fit, until one does. */
  let refusedBytes = 0
  const disk = createDiskRoom(dir, minFreeBytes)
  const fullBy: Record<SpoolFull['bound'], SpoolFull> = {
    quota: {
      bound: 'quota',
      reason: `all of spool.maxBytes (${inMebibytes(maxBytes)}) is used: mend what keeps Loki away, or raise it`,
    },
    disk: {
      bound: 'disk',
      reason: `less than ${inMebibytes(minFreeBytes)} are free on the disk of ${resolve(dir)}: make room`,
    },
  }

  return {
    damage,
    run,
    maintain(idle: boolean): void {
      try {
        allow(quotaPages + reservePages)
        maintenance.prune()
        if (idle) maintenance.shrink()
      } catch (error) {
        // On a full disk it is tried again in a second, when there may be room.
        if (!isFull(error)) throw isDamage(error) ? damaged(error) : error
      }
    },
    close: () => closeDatabase(db),
  }

  /** All in one transaction; if that fails, each in its own, so that only the culprit is refused. */
  function run(ops: SpoolOp[]): OpOutcome[] {
    try {
      return transaction(ops)
    } catch (error) {
      if (isDamage(error)) throw damaged(error)
      return ops.length === 1 ? [failure(ops[0]!, error)] : ops.flatMap(op => run([op]))
    }
  }

  /** Nothing can be put in the file's place while parts of it are on their way to Loki: at the next start it can. */
  function damaged(cause: unknown): Error {
    markDamaged(dir)
    const words = cause instanceof Error ? cause.message : String(cause)
    return new Error(`the spool's file is damaged (${words}): what can be read of it is salvaged at the next start`)
  }

  function transaction(ops: SpoolOp[]): OpOutcome[] {
    const appends = ops.some(op => op.kind === 'append')
    if (appends && disk.leftBytes() < 0) throw new DiskFullError(fullBy.disk.reason)
    allow(appends ? quotaPages : quotaPages + reservePages)
    db.exec('BEGIN IMMEDIATE')
    try {
      const outcomes = ops.map(attempt)
      db.exec('COMMIT')
      store.committed()
      if (ops.some((op, i) => op.kind === 'append' && outcomes[i]!.ok && sizeOf(op) >= refusedBytes)) refusedBytes = 0
      return outcomes
    } catch (error) {
      // SQLite may have rolled back by itself: https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
      if (db.isTransaction) db.exec('ROLLBACK')
      store.rolledBack()
      throw error
    }
  }

  function attempt(op: SpoolOp): OpOutcome {
    if (op.kind !== 'append') return { ok: true, value: perform(op) }
    const result = store.append(op.batch)
    // An answer and no error: its neighbours in this transaction are not to pay for it.
    if (result.status === 'full') return { ok: false, full: 'share', message: 'the share of this app is full' }
    return { ok: true, value: result }
  }

  function perform(op: Exclude<SpoolOp, { kind: 'append' }>): SpoolOpResults[SpoolOp['kind']] {
    switch (op.kind) {
      case 'lanes':
        return store.lanes()
      case 'lease':
        return store.lease(op.request)
      case 'ack':
        return store.ack(op.parts) as undefined
      case 'retry':
        return store.retry(op.parts, op.delayMs) as undefined
      case 'quarantine':
        return store.quarantine(op.part, op.split) as undefined
      case 'expire':
        return store.expire(op.beforeMs, op.maxParts)
      case 'move':
        return store.move(op.part, op.split) as undefined
      case 'quarantined':
        return store.quarantined(op.page)
      case 'quarantinedBody':
        return store.quarantinedBody(op.id)
      case 'requeue':
        return store.requeue(op.ids)
      case 'purge':
        return store.purge(op.ids)
      case 'usagePage':
        return usage.page(op.after)
      case 'usageTotals':
        return usage.totals()
      case 'stats':
        return stats()
    }
  }

  function failure(op: SpoolOp, error: unknown): OpOutcome {
    const isOut = isFull(error)
    if (isOut && op.kind === 'append') refusedBytes = Math.max(pageBytes, sizeOf(op))
    if (!isOut && !(error instanceof DiskFullError))
      return { ok: false, message: error instanceof Error ? error.message : String(error) }
    // SQLite has one word for both.
    const { bound, reason } = fullBy[isOut && disk.lookAgain() >= 0 ? 'quota' : 'disk']
    return { ok: false, full: bound, message: reason }
  }

  function stats(): SpoolStats {
    const full = fullNow()
    const freeBytes = Math.max(0, Math.min(headroomBytes(), disk.leftBytes()))
    return { ...store.stats(), freeBytes, writable: full === undefined, ...(full && { full }) }
  }

  /** Twice the refused size, so that the answer does not flap at the edge. */
  function fullNow(): SpoolFull | undefined {
    if (disk.leftBytes() < 0) return fullBy.disk
    return refusedBytes === 0 || headroomBytes() > 2 * refusedBytes ? undefined : fullBy.quota
  }

  function allow(pages: number): void {
    db.exec(`PRAGMA max_page_count = ${pages}`)
  }
}

class DiskFullError extends Error {}

function sizeOf(op: SpoolOp & { kind: 'append' }): number {
  return op.batch.parts.reduce((bytes, part) => bytes + part.body.byteLength, 0)
}

function closeQuietly(spool: { close(): void }): void {
  try {
    spool.close()
  } catch {
    // The error before this one is the cause.
  }
}

/** Leased bodies are handed over, not copied. */
function bodiesOf(outcomes: OpOutcome[]): ArrayBuffer[] {
  const bodies: ArrayBuffer[] = []
  for (const outcome of outcomes) {
    if (!outcome.ok || !Array.isArray(outcome.value)) continue
    for (const item of outcome.value)
      if (typeof item === 'object' && 'body' in item) bodies.push(item.body.buffer as ArrayBuffer)
  }
  return bodies
}
