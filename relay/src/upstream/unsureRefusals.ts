import { decodeEntry, timestampNs } from '../entry.ts'
import type { Piece } from './pieces.ts'

export interface UnsureRefusals {
  /** The entry was refused alone, in words that nobody knows, while Loki took others. @returns whether that is believed now. */
  again(entry: Piece): boolean
}

/** The rounds in which it was refused lie `configRetryMs` apart: trouble of a gateway that lasts a minute is over by then. */
const believedAfter = 3
/** Some 10 MB. Of more than that the oldest are forgotten, and begin anew. */
const maxEntries = 100_000

/**
 * A gateway in trouble may answer 400 to some pushes and let others through, so that one refusal says nothing about an
 * entry. Only what is refused again and again is the entry's own fault. In memory: a restart costs another round or two.
 */
export function createUnsureRefusals(): UnsureRefusals {
  const refusals = new Map<string, number>()

  return {
    again({ part, body }) {
      // A part is never numbered anew, and times are unique in it.
      const name = `${part.seq} ${timestampNs(decodeEntry(body))}`
      const count = (refusals.get(name) ?? 0) + 1
      refusals.delete(name)
      if (count >= believedAfter) return true
      refusals.set(name, count)
      if (refusals.size > maxEntries) refusals.delete(refusals.keys().next().value!)
      return false
    },
  }
}
