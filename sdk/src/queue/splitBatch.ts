import type { Batch } from '../batch.ts'
import { byteLength } from '../web/byteLength.ts'

/** Longest id that the relay takes. */
const longestId = 36

/**
 * The two halves of a batch that is too large for one request; undefined when it can't be split further.
 *
 * Their ids follow from the batch's own: a page that comes back and splits it again makes the same two, and the relay
 * knows them. The batch itself was refused as a whole, so nothing of it is stored under its own id.
 */
export function splitBatch(batch: Batch): [Batch, Batch] | undefined {
  if (batch.count < 2 || batch.id.length >= longestId) return
  const lines = batch.lines.split('\n')
  const middle = lines.length >> 1
  return [part(batch, '0', lines.slice(0, middle)), { ...part(batch, '1', lines.slice(middle)), drops: undefined }]
}

function part(batch: Batch, digit: string, lines: string[]): Batch {
  const text = lines.join('\n')
  return { ...batch, id: batch.id + digit, lines: text, count: lines.length, bytes: byteLength(text) + 1 }
}
