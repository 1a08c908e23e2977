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
  sendBeacon: (body: Blob) => boolean,
  encode: (batch: Batch) => string,
): Batch[] {
  const whole: Batch[] = []
  let leftBytes = budgetBytes
  for (const batch of batches) {
    const part = firstLines(batch, leftBytes - byteLength(encode({ ...batch, lines: '' })))
    if (!part) continue
    const body = encode(part)
    leftBytes -= byteLength(body)
    if (!sendBeacon(new Blob([body], { type: 'text/plain;charset=UTF-8' }))) break
    if (part === batch) whole.push(batch)
  }
  return whole
}

/** As many lines as fit; undefined when not even one does. */
export function firstLines(batch: Batch, maxBytes: number): Batch | undefined {
  if (batch.bytes <= maxBytes) return batch
  let end = -1
  let bytes = 0
  let count = 0
  for (;;) {
    const next = batch.lines.indexOf('\n', end + 1)
    if (next < 0) break
    const lineBytes = byteLength(batch.lines.slice(end + 1, next)) + 1
    if (bytes + lineBytes > maxBytes) break
    bytes += lineBytes
    count++
    end = next
  }
  return count ? { ...batch, lines: batch.lines.slice(0, end), count, bytes } : undefined
}
