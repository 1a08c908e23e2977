import type { Batch } from '../batch.ts'
import { byteLength } from '../web/byteLength.ts'

/** Beacons share 64 KiB with every keepalive request of the page; some room is left to others. */
export const beaconBudgetBytes = 60 * 1024

/**
 * Hands batches to the browser, in the order given, as long as they fit into `budgetBytes`; synchronous, for the
 * moment when the page goes away. Returns those that went whole. That the browser took them is no proof that they
 * arrive: a later request has to confirm them.
 *
 * Of a batch that does not fit the first lines go under the same id: the relay later takes only the rest.
 */
export function beaconSend(
  batches: readonly Batch[],
  budgetBytes: number,
  sendBeacon: (body: string) => boolean,
  encode: (batch: Batch) => string,
): Batch[] {
  const whole: Batch[] = []
  let leftBytes = budgetBytes
  for (const batch of batches) {
    const part = firstLines(batch, leftBytes - byteLength(encode({ ...batch, lines: '' })))
    if (!part) continue
    const body = encode(part)
    leftBytes -= byteLength(body)
    // As text it is of a type that needs no preflight, and costs a tenth of what a page's first Blob does.
    if (!sendBeacon(body)) break
    if (part === batch) whole.push(batch)
  }
  return whole
}

/**
 * The first half of the lines, or half of these, and so on, until they fit; undefined when not even one does. Halves, so
 * that a batch which is split later (queue/splitBatch.ts) leaves all of them together under the id that they bear here.
 */
export function firstLines(batch: Batch, maxBytes: number): Batch | undefined {
  if (batch.bytes <= maxBytes) return batch
  const all = batch.lines.split('\n')
  for (let count = all.length >> 1; count > 0; count >>= 1) {
    const lines = all.slice(0, count).join('\n')
    const bytes = byteLength(lines) + 1
    if (bytes <= maxBytes) return { ...batch, lines, count, bytes }
  }
}
