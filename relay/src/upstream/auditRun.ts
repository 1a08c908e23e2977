import type { AuditFinding } from '../auditFindings.ts'
import { decodeEntry, splitEntries, timestampNs } from '../entry.ts'
import { laneApp, splitLane } from '../lane.ts'
import type { LeasedPart } from '../spool/spool.ts'
import type { LokiClient } from './lokiClient.ts'
import { lookForEntries, visibleForMs } from './lookForEntries.ts'
import type { PushLimits } from './pieces.ts'
import type { AmbiguityResolver } from './resolveAmbiguous.ts'
import type { KeptRun } from './runFile.ts'
import { createShipment } from './shipment.ts'
import { type PushReport, type ShipResult, shipParts } from './shipParts.ts'
import type { Slots } from './slots.ts'
import type { Turns } from './turns.ts'

/** Runs of one lane that are audited together. */
export interface AuditChunk {
  lane: string
  runs: KeptRun[]
  /** Some of it is missing: from now on its entries are treated like those of a push without an answer. */
  isLossy: boolean
  failures: number
  notBeforeMs: number
}

export interface AuditRunOptions {
  loki: LokiClient
  /** One push of a lane at a time. */
  turns: Turns
  slots: Slots
  limits: PushLimits
  ambiguity: AmbiguityResolver
  signal: AbortSignal
  onPush(report: PushReport): void
  onFound(finding: AuditFinding, records: number): void
}

/** How one attempt at a chunk went. `shipped`: nothing of it is missing any more, or nothing can be done. */
export type AuditResult = ShipResult

/** Looks for what Loki has acknowledged, and pushes what is gone. */
export async function auditChunk(chunk: AuditChunk, options: AuditRunOptions): Promise<AuditResult> {
  const { loki, signal, onFound } = options
  const { lane } = chunk
  const entries = (await Promise.all(chunk.runs.map(run => run.read()))).flatMap(body =>
    body ? splitEntries(body) : [],
  )
  const nowMs = loki.nowMs()
  const oldestNs = BigInt(Math.floor(nowMs - visibleForMs)) * 1_000_000n
  const visible = entries.filter(entry => timestampNs(decodeEntry(entry)) >= oldestNs).map(body => ({ body }))
  if (chunk.isLossy) return restore(chunk, visible, options)

  let isReadable = true
  // What an ingester that reads its log again does not show yet is no loss, so this waits like a push without an answer.
  const known = await options.ambiguity.resolve(visible, async items => {
    const look = await lookForEntries(loki, lane, items, { nowMs, signal })
    isReadable = look.kind !== 'unreadable'
    return look
  })
  if (known.kind === 'failed') return { kind: 'unanswered', reason: known.reason }
  if (known.kind === 'wait') return { kind: 'settling', waitMs: known.waitMs }
  const unknown = isReadable ? entries.length - visible.length : entries.length
  const missing = isReadable ? known.missing.length : 0
  onFound('unknown', unknown)
  onFound('present', entries.length - unknown - missing)
  onFound('lost', missing)
  if (missing === 0) return { kind: 'shipped' }
  chunk.isLossy = true
  return restore(chunk, visible, options)
}

/** Once more in the lane's turn, so that it does not push the same meanwhile: looks, and pushes what is missing. */
async function restore(
  { lane, runs, failures }: AuditChunk,
  entries: readonly { body: Uint8Array }[],
  { loki, turns, slots, limits, ambiguity, signal, onPush, onFound }: AuditRunOptions,
): Promise<AuditResult> {
  const part: LeasedPart = {
    lane,
    records: entries.length,
    body: Buffer.concat(entries.map(({ body }) => body)),
    seq: 0,
    token: '',
    attempts: 1,
    enqueuedAtMs: runs[0]?.atMs ?? 0,
  }
  const shipment = createShipment(
    { ack: async () => {}, retry: async () => {}, quarantine: refuse, move: async () => {} },
    [part],
  )
  const endTurn = await turns.acquire(lane)
  const release = await slots.acquire(splitLane(lane).tenant, laneApp(lane))
  try {
    return await shipParts([part], shipment, {
      loki,
      lane,
      limits,
      ambiguity,
      isSuspect: () => true,
      deadlineMs: Number.POSITIVE_INFINITY,
      signal,
      throttled: failures,
      onPush(report) {
        if (report.result === 'delivered') onFound('restored', report.records)
        onPush(report)
      },
    })
  } finally {
    release()
    endTurn()
    await shipment.conclude()
  }

  async function refuse(_: LeasedPart, { poison }: { poison: { records: number } }): Promise<void> {
    onFound('refused', poison.records)
  }
}
