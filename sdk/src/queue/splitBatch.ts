import type { Batch } from '../batch.ts'
import { byteLength } from '../web/byteLength.ts'

/** Length of a batch's own id; behind it stands the place of its first line within the batch that it was cut from. */
const ownIdLength = 32
/** Longest id that the relay takes. */
const longestId = 36

/**
 * The two parts of a batch that is too large for one request; undefined when it can't be split further.
 *
 * The first lines stay under the id that they have: should some of them have been stored already, by a beacon that only
 * had room for these, the relay knows them. The rest gets an id that follows from the own, so that a page which comes
 * back and splits again makes the same one.
 */
export function splitBatch(batch: Batch): [Batch, Batch] | undefined {
  const lines = batch.lines.split('\n')
  // Half, as a beacon halves too (transport/beaconSend.ts): what it took is then never more than what stays together.
  const middle = lines.length >> 1
  const start = Number.parseInt(batch.id.slice(ownIdLength), 36) || 0
  const restId = batch.id.slice(0, ownIdLength) + (start + middle).toString(36)
  if (!middle || restId.length > longestId) return
  return [
    part(batch, batch.id, lines.slice(0, middle)),
    part({ ...batch, drops: undefined }, restId, lines.slice(middle)),
  ]
}

function part(batch: Batch, id: string, lines: string[]): Batch {
  const text = lines.join('\n')
  return { ...batch, id, lines: text, count: lines.length, bytes: byteLength(text) + 1 }
}
