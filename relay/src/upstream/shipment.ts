import { splitEntries } from '../entry.ts'
import type { LeasedPart, Spool } from '../spool/spool.ts'
import { countBytes, type Piece, wholePart } from './pieces.ts'
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
  /** Returned parts of which certainly nothing was stored. */
  untouched: LeasedPart[]
}

interface Poison {
  entry: Piece
  outcome: PushOutcome
}

/** Of the spool, what a shipment writes down in it. */
export type ShipmentSpool = Pick<Spool, 'ack' | 'retry' | 'quarantine'>

/** @param keep Is handed what the spool lets go of because Loki has it. */
export function createShipment(
  spool: ShipmentSpool,
  parts: readonly LeasedPart[],
  keep?: (records: number, bodies: readonly Uint8Array[]) => Promise<void>,
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
      const certain = offenders.filter(({ outcome }) => !outcome.unsure || anyAccepted)
      const poisoned = Map.groupBy(certain, ({ entry }) => entry.part)
      for (const [part, entries] of poisoned) await quarantine(spool, part, entries)
      // An entry whose poison is not certain keeps its part here.
      const kept = new Set(offenders.filter(offender => !certain.includes(offender)).map(({ entry }) => entry.part))
      const done = parts.filter(part => open.get(part) === 0 && !kept.has(part))
      const bodies = done.flatMap(part => withoutPoison(part, poisoned.get(part) ?? []))
      const stored = done.reduce((sum, part) => sum + part.records - (poisoned.get(part)?.length ?? 0), 0)
      if (done.length > 0) await Promise.all([stored > 0 && keep?.(stored, bodies), spool.ack(done)])
      const rest = parts.filter(part => !done.includes(part))
      if (rest.length > 0) await spool.retry(rest, 0)
      return {
        stored,
        quarantined: certain.length,
        untouched: rest.filter(part => !touched.has(part)),
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

/** One transaction for each kind of poison in the part; the part shrinks with each. */
async function quarantine(spool: ShipmentSpool, part: LeasedPart, poison: readonly Poison[]): Promise<void> {
  let rest = splitEntries(part.body)
  for (const offenders of Map.groupBy(poison, ({ outcome }) => outcome.kind).values()) {
    const starts = new Set(offenders.map(({ entry }) => entry.body.byteOffset))
    const out = rest.filter(entry => starts.has(entry.byteOffset))
    rest = rest.filter(entry => !starts.has(entry.byteOffset))
    await spool.quarantine(part, {
      reason: offenders[0]!.outcome.reason,
      poison: join(out),
      rest: rest.length > 0 ? join(rest) : undefined,
    })
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
