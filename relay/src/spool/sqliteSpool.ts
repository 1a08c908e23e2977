import { Worker } from 'node:worker_threads'
import { diskReserveBytes } from '../diskReserve.ts'
import { type Part, type Spool, SpoolBusyError, SpoolClosedError, SpoolFullError } from './spool.ts'
import type {
  FromWorker,
  LeaseKey,
  OpOutcome,
  SpoolDamage,
  SpoolOp,
  SpoolOpResults,
  ToWorker,
  WorkerOptions,
} from './sqliteMessages.ts'
import { createOpQueue } from './sqliteQueue.ts'
import { readUsage } from './sqliteUsage.ts'

export interface SqliteSpoolOptions {
  /** Directory of the spool's files; made if need be, for this user alone. One process at a time. */
  dir: string
  /** Quota in bytes. Above it appends reject with SpoolFullError while what is stored still drains. @defaultValue 1 GiB */
  maxBytes?: number
  /** Appends are refused as well while the disk has less than this left, in bytes. @defaultValue 64 MiB */
  minFreeBytes?: number
  /** Told if the spool's thread dies; every operation rejects from then on. The process had better restart. */
  onCrash?: (error: Error) => void
  /** Told when a damaged file of so many bytes was found, before what can be read of it is copied: gigabytes take minutes. */
  onSalvage?: (bytes: number) => void
  /** Told before it resolves if the files were not as a relay leaves them. What could be read of them is there. */
  onDamage?: (damage: SpoolDamage) => void
}

interface WaitingOp {
  op: SpoolOp
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The spool as one SQLite file. Operations that arrive while the worker writes gather, and go as its next
 * transaction: with one fsync for all of them, a slow disk costs each append its delay but not its throughput.
 */
export async function openSqliteSpool(options: SqliteSpoolOptions): Promise<Spool> {
  const { dir, maxBytes = 1024 ** 3, minFreeBytes = diskReserveBytes, onCrash, onSalvage, onDamage } = options
  const { worker, damage } = await startWorker({ dir, maxBytes, minFreeBytes }, onSalvage)
  if (damage) onDamage?.(damage)
  const waiting = createOpQueue<WaitingOp>()
  let underWay: WaitingOp[] = []
  let scheduled = false
  let closing: Promise<void> | undefined
  let crashed: Error | undefined
  let whenIdle: (() => void) | undefined
  let whenClosed: (() => void) | undefined

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'outcomes') settle(message.outcomes)
    else if (message.kind === 'closed') whenClosed?.()
  })
  worker.on('error', error => crash(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => {
    if (!closing) crash(new Error('the spool thread ended'))
    whenClosed?.()
  })
  // Only work under way keeps the process alive.
  worker.unref()

  return {
    append: batch => submit({ kind: 'append', batch: { ...batch, parts: batch.parts.map(withOwnBytes) } }),
    lanes: () => submit({ kind: 'lanes' }),
    lease: request => submit({ kind: 'lease', request }),
    ack: parts => submit({ kind: 'ack', parts: parts.map(leaseKey) }),
    retry: (parts, delayMs) => submit({ kind: 'retry', parts: parts.map(leaseKey), delayMs }),
    quarantine: (part, split) => submit({ kind: 'quarantine', part: leaseKey(part), split }),
    expire: (beforeMs, maxParts) => submit({ kind: 'expire', beforeMs, maxParts }),
    move: (part, split) => submit({ kind: 'move', part: leaseKey(part), split }),
    quarantined: page => submit({ kind: 'quarantined', page }),
    quarantinedBody: id => submit({ kind: 'quarantinedBody', id }),
    requeue: ids => submit({ kind: 'requeue', ids }),
    purge: ids => submit({ kind: 'purge', ids }),
    stats: () => submit({ kind: 'stats' }),
    usage: () =>
      readUsage(
        after => submit({ kind: 'usagePage', after }),
        () => submit({ kind: 'usageTotals' }),
      ),
    close() {
      closing ??= close()
      return closing
    },
  }

  function submit<Kind extends SpoolOp['kind']>(op: SpoolOp & { kind: Kind }): Promise<SpoolOpResults[Kind]> {
    if (crashed) return Promise.reject(crashed)
    if (closing) return Promise.reject(new SpoolClosedError('the spool is closed'))
    return new Promise((resolve, reject) => {
      waiting.push({ op, resolve: value => resolve(value as SpoolOpResults[Kind]), reject })
      schedule()
    })
  }

  /** Not at once: operations started in the same turn belong in the same transaction. */
  function schedule(): void {
    if (scheduled || underWay.length > 0) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      sendGroup()
    })
  }

  function sendGroup(): void {
    if (crashed || waiting.size() === 0) return
    underWay = waiting.takeGroup()
    worker.ref()
    post({ kind: 'group', ops: underWay.map(({ op }) => op) })
  }

  function settle(outcomes: OpOutcome[]): void {
    const settled = underWay
    underWay = []
    worker.unref()
    for (const [i, { resolve, reject }] of settled.entries()) {
      const outcome = outcomes[i]!
      if (outcome.ok) resolve(outcome.value)
      else
        reject(
          outcome.full ? new SpoolFullError(outcome.message, outcome.full) : new Error(`spool: ${outcome.message}`),
        )
    }
    if (waiting.size() > 0) schedule()
    else whenIdle?.()
  }

  async function close(): Promise<void> {
    if (!crashed && (underWay.length > 0 || waiting.size() > 0)) {
      await new Promise<void>(resolve => {
        whenIdle = resolve
      })
    }
    if (crashed) return
    const closed = new Promise<void>(resolve => {
      whenClosed = resolve
    })
    worker.ref()
    post({ kind: 'close' })
    await closed
  }

  function crash(error: Error): void {
    if (crashed) return
    crashed = error
    for (const { reject } of [...underWay.splice(0), ...waiting.takeAll()]) reject(error)
    whenIdle?.()
    whenClosed?.()
    onCrash?.(error)
  }

  function post(message: ToWorker): void {
    worker.postMessage(message)
  }
}

async function startWorker(
  options: WorkerOptions,
  onSalvage?: (bytes: number) => void,
): Promise<{ worker: Worker; damage?: SpoolDamage }> {
  // In source the tests' Node strips the types of the worker as it does ours.
  const file = import.meta.url.endsWith('.ts') ? './sqliteWorker.ts' : './sqliteWorker.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: options })
  const damage = await new Promise<SpoolDamage | undefined>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', function opening(message: FromWorker) {
      if (message.kind === 'salvaging') {
        onSalvage?.(message.bytes)
        return
      }
      worker.off('error', reject).off('message', opening)
      if (message.kind === 'opened') resolve(message.damage)
      else if (message.kind !== 'refused') reject(new Error('the spool thread did not start'))
      else reject(message.busy ? new SpoolBusyError(message.message) : new Error(message.message))
    })
  })
  return { worker, damage }
}

/** A view of a larger buffer would be sent to the thread with all of the buffer. */
function withOwnBytes(part: Part): Part {
  return part.body.byteLength === part.body.buffer.byteLength ? part : { ...part, body: new Uint8Array(part.body) }
}

function leaseKey({ seq, token }: LeaseKey): LeaseKey {
  return { seq, token }
}
