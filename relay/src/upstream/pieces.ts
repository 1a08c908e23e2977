import { countEntries, splitEntries } from '../entry.ts'
import type { LeasedPart } from '../spool/spool.ts'

/** A run of entries of one leased part: what pushes are made of, and cut down to when one does not go through. */
export interface Piece {
  part: LeasedPart
  /** Shares the memory of the part's body. */
  body: Uint8Array
  records: number
}

export interface PushLimits {
  maxRecords: number
  maxBytes: number
}

/** Counted anew, because what the body holds is what must be delivered. */
export function wholePart(part: LeasedPart): Piece {
  return { part, body: part.body, records: countEntries(part.body) }
}

/** Each entry a piece of its own. */
export function singleEntries(pieces: readonly Piece[]): Piece[] {
  return pieces.flatMap(({ part, body }) => splitEntries(body).map(entry => ({ part, body: entry, records: 1 })))
}

/** Pushes of the pieces in their order, each within the limits unless a single entry is not. */
export function groupPieces(pieces: readonly Piece[], { maxRecords, maxBytes }: PushLimits): Piece[][] {
  const groups: Piece[][] = []
  let group: Piece[] = []
  let records = 0
  let bytes = 0
  for (const piece of pieces.flatMap(fitting)) {
    if (group.length > 0 && (records + piece.records > maxRecords || bytes + piece.body.byteLength > maxBytes)) {
      groups.push(group)
      group = []
      records = 0
      bytes = 0
    }
    group.push(piece)
    records += piece.records
    bytes += piece.body.byteLength
  }
  return group.length > 0 ? [...groups, group] : groups

  function fitting(piece: Piece): Piece[] {
    const fits = piece.records <= maxRecords && piece.body.byteLength <= maxBytes
    return fits ? [piece] : singleEntries([piece])
  }
}

/** Both halves of a push of more than one record, by records. */
export function halve(pieces: readonly Piece[]): Piece[][] {
  const entries = singleEntries(pieces)
  const middle = Math.ceil(entries.length / 2)
  return [entries.slice(0, middle), entries.slice(middle)]
}

export function countRecords(pieces: readonly Pick<Piece, 'records'>[]): number {
  return pieces.reduce((sum, { records }) => sum + records, 0)
}

export function countBytes(pieces: readonly Pick<Piece, 'body'>[]): number {
  return pieces.reduce((sum, { body }) => sum + body.byteLength, 0)
}
