import { splitEntries } from '../entry.ts'
import type { LeasedPart, Part, Spool } from '../spool/spool.ts'
import { countBytes, type Piece, wholePart } from './pieces.ts'
import type { RefusedEntry, RepairedEntry } from './repairEntry.ts'
import type { PushOutcome } from './retryPolicy.ts'

/** What has become of the entries of some leased parts, and how that is written down in the spool. */
export interface Shipment {
  /** Loki has them. */
  delivered(pieces: readonly Piece[]): void
  /** Loki will never take this entry. */
  poison(entry: Piece, outcome: PushOutcome): void
  /** Loki may have some of them: to be looked for before they are pushed again. */
  doubted(pieces: readonly Piece[]): void
  /** Entries refused for reasons that may as well be a proxy's, while nothing at all was accepted. */
  refused(): PushOutcome[]
  /** Quarantines, acknowledges and returns, so that nothing of it stays leased. */
  conclude(): Promise<ConcludedShipment>
}

export interface ConcludedShipment {
  stored: number
  quarantined: number
  /** Refused ones that are in the spool in another form now. */
  repaired: RepairedEntry[]
  /** Returned parts of which certainly nothing was stored. */
  untouched: LeasedPart[]
  /** Some parts rest for `doubtMs`, for want of certainty about a refused entry. */
  resting: boolean
}

interface Poison {
  entry: Piece
  outcome: PushOutcome
}

/** Of the spool, what a shipment writes down in it. */
export type ShipmentSpool = Pick<Spool, 'ack' | 'retry' | 'quarantine' | 'move'>

export interface ShipmentOptions {
  /** Is handed what the spool lets go of because Loki has it. */
  keep?(records: number, bodies: readonly Uint8Array[]): Promise<void>
  /** Another form of a refused entry, if there is one that Loki may take. */
  repair?(refused: RefusedEntry): RepairedEntry | undefined
  /** Whether an entry was refused often enough, where the reason may as well be a proxy's. @defaultValue once is enough */
  isBelieved?(entry: Piece): boolean
  /** How long a part rests that has an entry of which that is not believed, in ms. @defaultValue 0 */
  doubtMs?: number
}

export function createShipment(
  spool: ShipmentSpool,
  parts: readonly LeasedPart[],
  { keep, repair, isBelieved = () => true, doubtMs = 0 }: ShipmentOptions = {},
): Shipment {
  const open = new Map(parts.map(part => [part, wholePart(part).records]))
  const touched = new Set<LeasedPart>()
  const offenders: Poison[] = []
  let anyAccepted = false

  return {
    delivered(pieces) {
      anyAccepted ||= pieces.length > 0
      for (const piece of pieces) {
        touched.add(piece.part)
        settle(piece)
      }
    },
    poison(entry, outcome) {
      offenders.push({ entry, outcome })
      settle(entry)
    },
    doubted(pieces) {
      for (const { part } of pieces) touched.add(part)
    },
    refused: () => (anyAccepted ? [] : offenders.map(({ outcome }) => outcome).filter(outcome => outcome.unsure)),
    async conclude() {
      const certain = offenders.filter(({ entry, outcome }) => !outcome.unsure || (anyAccepted && isBelieved(entry)))
      const poisoned = Map.groupBy(certain, ({ entry }) => entry.part)
      const repaired: RepairedEntry[] = []
      for (const [part, entries] of poisoned) repaired.push(...(await setAside(spool, part, entries, repair)))
      // An entry whose poison is not certain keeps its part here.
      const kept = new Set(offenders.filter(offender => !certain.includes(offender)).map(({ entry }) => entry.part))
      const done = parts.filter(part => open.get(part) === 0 && !kept.has(part))
      const bodies = done.flatMap(part => withoutPoison(part, poisoned.get(part) ?? []))
      const stored = done.reduce((sum, part) => sum + part.records - (poisoned.get(part)?.length ?? 0), 0)
      if (done.length > 0) await Promise.all([stored > 0 && keep?.(stored, bodies), spool.ack(done)])
      const rest = parts.filter(part => !done.includes(part))
      // Where nothing was accepted, the lane as a whole has to wait.
      const resting = anyAccepted ? rest.filter(part => kept.has(part)) : []
      const others = rest.filter(part => !resting.includes(part))
      if (resting.length > 0) await spool.retry(resting, doubtMs)
      if (others.length > 0) await spool.retry(others, 0)
      return {
        stored,
        quarantined: certain.length - repaired.length,
        repaired,
        untouched: rest.filter(part => !touched.has(part)),
        resting: resting.length > 0,
      }
    },
  }

  function settle({ part, records }: Piece): void {
    open.set(part, (open.get(part) ?? 0) - records)
  }
}

function withoutPoison({ body }: LeasedPart, poison: readonly Poison[]): Uint8Array[] {
  if (poison.length === 0) return [body]
  const starts = new Set(poison.map(({ entry }) => entry.body.byteOffset))
  return splitEntries(body).filter(entry => !starts.has(entry.byteOffset))
}

/** Repaired or quarantined: a transaction for the former, and one for each kind of poison. The part shrinks with each. */
async function setAside(
  spool: ShipmentSpool,
  part: LeasedPart,
  poison: readonly Poison[],
  repair: ShipmentOptions['repair'],
): Promise<RepairedEntry[]> {
  let rest = splitEntries(part.body)
  const mended = new Map<Poison, RepairedEntry>()
  for (const [position, offender] of poison.entries()) {
    const { entry, outcome } = offender
    const entryRepaired = repair?.({ lane: part.lane, body: entry.body, reason: outcome.reason, position })
    if (entryRepaired) mended.set(offender, entryRepaired)
  }
  if (mended.size > 0) {
    takeOut([...mended.keys()])
    const lanes = Map.groupBy(mended.values(), ({ lane }) => lane)
    const moved = Array.from(lanes, ([lane, entries]): Part => ({ lane, ...join(entries.map(({ body }) => body)) }))
    await spool.move(part, { moved, rest: remaining() })
  }
  const hopeless = poison.filter(offender => !mended.has(offender))
  for (const offenders of Map.groupBy(hopeless, ({ outcome }) => outcome.kind).values()) {
    const out = takeOut(offenders)
    await spool.quarantine(part, { reason: offenders[0]!.outcome.reason, poison: join(out), rest: remaining() })
  }
  return [...mended.values()]

  function takeOut(offenders: readonly Poison[]): Uint8Array[] {
    const starts = new Set(offenders.map(({ entry }) => entry.body.byteOffset))
    const out = rest.filter(entry => starts.has(entry.byteOffset))
    rest = rest.filter(entry => !starts.has(entry.byteOffset))
    return out
  }

  function remaining() {
    return rest.length > 0 ? join(rest) : undefined
  }
}

function join(entries: readonly Uint8Array[]): { records: number; body: Uint8Array } {
  const bodies = entries.map(body => ({ body }))
  const body = new Uint8Array(countBytes(bodies))
  let at = 0
  for (const entry of entries) {
    body.set(entry, at)
    at += entry.byteLength
  }
  return { records: entries.length, body }
}
