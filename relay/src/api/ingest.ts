import type { Request, RequestHandler, Response } from 'express'
import type { WireAccepted } from 'loki-beacon/wire'
import type { Charge } from '../auth/batchLimits.ts'
import type { AppConfig } from '../config.ts'
import { type BatchHead, decodeNative } from '../decode/decodeNative.ts'
import { type ErrorCode, RelayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { createPace, type Pace } from '../pace.ts'
import type { FinalRecord, RelayBatch } from '../record.ts'
import type { Part } from '../spool/spool.ts'
import { admittedApp } from './admit.ts'
import { type AdmitTokenDeps, admitToken } from './admitToken.ts'
import { type ChargeDeps, chargeBatch } from './chargeBatch.ts'
import type { ReadBody } from './readBody.ts'
import { type StoreDeps, storeBatch } from './storeBatch.ts'

export interface IngestDeps extends StoreDeps, AdmitTokenDeps, ChargeDeps {
  readBody: ReadBody
  limits: { maxRecords: number; maxRecordBytes: number }
  process(app: AppConfig, batch: RelayBatch, pace?: Pace): Promise<FinalRecord[]>
  groupByLane(records: readonly FinalRecord[], from: number): Part[]
  /** Told of what is durable now: for the live page, and to wake what ships it. */
  stored(app: AppConfig, records: readonly FinalRecord[], key: string): void
  log: Log
}

/** Refusals that only show while a batch is read and stored; the live page tells of them. */
const lateRefusals: readonly ErrorCode[] = ['invalid_batch', 'too_large', 'spool_full', 'overloaded']

/** One batch of an admitted page: read, check its token, count, decode, process, store; and only then the 202. */
export function ingest(deps: IngestDeps): RequestHandler<{ key: string }> {
  const { readBody, limits, log, nowMs } = deps
  return async (req, res) => {
    const app = admittedApp(res)
    let charge: Charge | undefined
    const admit = async (head: BatchHead) => {
      charge = await chargeBatch(deps, req, app, head)
    }
    const { batch, records, bytes, from, outcome } = await take(app, req, res, admit).catch(error => {
      // Nothing of it was stored, so it comes again.
      charge?.giveBack(1)
      if (error instanceof RelayError && lateRefusals.includes(error.code))
        deps.refused({ code: error.code, origin: req.headers.origin, key: req.params.key })
      throw error
    })
    if (from > 0) charge?.giveBack(from / batch.length)
    if (outcome.accepted > 0) {
      const fresh = from === 0 ? records : records.filter(record => record.position >= from)
      deps.stored(app, fresh, req.params.key)
    }
    log.debug(
      {
        app: app.name,
        batch: batch.id,
        bytes,
        accepted: outcome.accepted,
        duplicate: outcome.duplicate,
        rejected: outcome.rejected.length,
      },
      'batch stored',
    )
    accept(res, { ...outcome, nowMs: nowMs() })
  }

  async function take(app: AppConfig, req: Request, res: Response, admit: (head: BatchHead) => Promise<void>) {
    const { batch, records, bytes } = await read(app, req, res, admit)
    const { from, ...outcome } = await storeBatch(app.name, batch, start => deps.groupByLane(records, start), deps)
    return { batch, records, bytes, from, outcome }
  }

  /** Apart, so that what the final records are made of can be forgotten while the disk is waited for. */
  async function read(app: AppConfig, req: Request, res: Response, admit: (head: BatchHead) => Promise<void>) {
    const receivedAtMs = nowMs()
    const pace = createPace()
    const body = await readBody(req, res)
    const checkToken = admitToken(deps, app, req)
    const batch = await decodeNative(body, { ...limits, receivedAtMs, checkToken, admit, pace })
    const { records: _decoded, ...rest } = batch
    return { batch: rest, records: await deps.process(app, batch, pace), bytes: body.length }
  }
}

/** Written without Express, which would look for what it could add: this is the answer that is given all the time. */
function accept(res: Response, answer: WireAccepted): void {
  const body = JSON.stringify(answer)
  res.writeHead(202, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  })
  // Text: Node then sends it with the header, in one piece.
  res.end(body)
}
