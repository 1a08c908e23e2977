import { splitLane } from '../lane.ts'
import type { LeasedPart } from '../spool/spool.ts'
import type { LokiClient } from './lokiClient.ts'
import { type LookResult, lookForEntries } from './lookForEntries.ts'
import {
  countBytes,
  countRecords,
  groupPieces,
  halve,
  type Piece,
  type PushLimits,
  singleEntries,
  wholePart,
} from './pieces.ts'
import { encodePush } from './pushEncoder.ts'
import type { AmbiguityResolver } from './resolveAmbiguous.ts'
import { classifyPush, type PushOutcome, type PushOutcomeKind } from './retryPolicy.ts'
import type { Shipment } from './shipment.ts'

/**
 * `shipped`: every entry is delivered or set aside. Otherwise the rest has to wait:
 * `unanswered` is a look that Loki did not answer, `settling` one that has to be repeated after `waitMs`,
 * `late` a lease that is about to end.
 */
export type ShipResult =
  | { kind: 'shipped' | 'late' }
  | { kind: 'transient' | 'ambiguous' | 'throttled' | 'config' | 'unanswered'; reason: string }
  | { kind: 'settling'; waitMs: number }

export interface PushReport {
  lane: string
  records: number
  result: PushOutcomeKind
  durationMs: number
  /** Loki may have crashed. */
  cutOff?: boolean
}

export interface ShipOptions {
  loki: LokiClient
  lane: string
  limits: PushLimits
  ambiguity: AmbiguityResolver
  /** Whether something of the part may be in Loki already. */
  isSuspect(part: LeasedPart): boolean
  /** On the clock of `performance.now()`: no push is begun after it. */
  deadlineMs: number
  signal: AbortSignal
  /** How often in a row the lane has been throttled. */
  throttled: number
  onPush?(report: PushReport): void
  /** Pushed again although it could not be told whether they are stored. */
  onUnchecked?(records: number): void
}

type Narrowed = { kind: 'narrowed'; groups: Piece[][] } | { kind: 'failed'; reason: string }

/** With so many entries refused for unknown reasons, and none accepted, the fault is not the entries'. */
const maxRefused = 8
/** An entry throttled so often by itself, and larger than what may be sent in a second, will never fit. */
const maxThrottled = 20

/** Pushes leased parts in their order, and finds out about each entry what became of it. */
export async function shipParts(
  parts: readonly LeasedPart[],
  shipment: Shipment,
  options: ShipOptions,
): Promise<ShipResult> {
  const { loki, lane, limits, ambiguity, isSuspect, deadlineMs, signal, throttled, onPush, onUnchecked } = options
  const { tenant, labels } = splitLane(lane)
  const suspects = singleEntries(parts.filter(isSuspect).map(wholePart))
  const fresh = parts.filter(part => !isSuspect(part)).map(wholePart)

  const known = suspects.length > 0 ? await ambiguity.resolve(suspects, look) : undefined
  if (known?.kind === 'failed') return stop({ kind: 'unanswered', reason: known.reason }, suspects)
  if (known?.kind === 'wait') return stop({ kind: 'settling', waitMs: known.waitMs }, suspects)
  if (known) {
    shipment.delivered(without(suspects, known.missing))
    if (known.unchecked > 0) onUnchecked?.(known.unchecked)
  }

  const blind = new Set<string>()
  const queue = groupPieces([...(known?.missing ?? []), ...fresh], limits)
  for (let pieces = queue.shift(); pieces; pieces = queue.shift()) {
    if (performance.now() > deadlineMs || signal.aborted) return { kind: 'late' }
    const outcome = await push(pieces)
    switch (outcome.kind) {
      case 'delivered':
        shipment.delivered(pieces)
        countBlind(pieces)
        break
      case 'tooLarge':
      case 'poisonPush':
      case 'poisonEntry': {
        const single = countRecords(pieces) === 1
        if (single) shipment.poison(pieces[0]!, outcome)
        else {
          const narrowed = await narrow(pieces, outcome)
          if (narrowed.kind === 'failed') return stop({ kind: 'unanswered', reason: narrowed.reason }, pieces)
          queue.unshift(...narrowed.groups)
        }
        if (shipment.refused().length >= maxRefused) return { kind: 'config', reason: outcome.reason }
        break
      }
      case 'ambiguous':
        ambiguity.doubted()
        return stop({ kind: 'ambiguous', reason: outcome.reason }, pieces)
      case 'throttled': {
        const neverFits = countBytes(pieces) > (outcome.limitBytes ?? Number.POSITIVE_INFINITY)
        if (neverFits && throttled >= maxThrottled && countRecords(pieces) === 1) {
          shipment.poison(pieces[0]!, outcome)
          break
        }
        return stop({ kind: 'throttled', reason: outcome.reason }, outcome.partly ? pieces : [])
      }
      case 'transient':
      case 'config':
        return { kind: outcome.kind, reason: outcome.reason }
    }
  }
  const [refused] = shipment.refused()
  return refused ? { kind: 'config', reason: refused.reason } : { kind: 'shipped' }

  async function push(pieces: readonly Piece[]): Promise<PushOutcome> {
    const startedMs = performance.now()
    const body = encodePush(
      labels,
      pieces.map(piece => piece.body),
    )
    const outcome = classifyPush(await loki.push({ tenant, body, signal }))
    const durationMs = performance.now() - startedMs
    onPush?.({ lane, records: countRecords(pieces), result: outcome.kind, durationMs, cutOff: outcome.cutOff })
    return outcome
  }

  function look(items: readonly Piece[]): Promise<LookResult<Piece>> {
    return lookForEntries(loki, lane, items, { nowMs: loki.nowMs(), signal })
  }

  /** Smaller pushes of what was refused, without what Loki stored of it nevertheless. */
  async function narrow(pieces: readonly Piece[], outcome: PushOutcome): Promise<Narrowed> {
    if (!outcome.partly) return { kind: 'narrowed', groups: halve(pieces) }
    const entries = singleEntries(pieces)
    const result = await look(entries)
    if (result.kind === 'failed') return result
    const isKnown = result.kind === 'looked'
    const missing = isKnown ? result.missing : entries
    for (const entry of isKnown ? result.unseen : entries) blind.add(placeOf(entry))
    shipment.delivered(without(entries, missing))
    return {
      kind: 'narrowed',
      groups: missing.length < 2 ? [missing].filter(({ length }) => length > 0) : halve(missing),
    }
  }

  /** What was pushed in vain before, and Loki may have had it from then. */
  function countBlind(pieces: readonly Piece[]): void {
    const count = blind.size > 0 ? pieces.filter(piece => blind.has(placeOf(piece))).length : 0
    if (count > 0) onUnchecked?.(count)
  }

  function stop(result: ShipResult, inDoubt: readonly Piece[]): ShipResult {
    shipment.doubted(inDoubt)
    return result
  }
}

function placeOf({ part, body }: Piece): string {
  return `${part.seq} ${body.byteOffset}`
}

function without(pieces: readonly Piece[], gone: readonly Piece[]): Piece[] {
  const out = new Set(gone)
  return pieces.filter(piece => !out.has(piece))
}
