import type { Batch } from '../batch.ts'
import { wireVersion } from '../wire.ts'

/** A batch as the body of a request: see `docs/protocol.md`. What was serialised once is only joined here. */
export function encode(
  batch: Batch,
  sentAtMs: number,
  token: string | undefined,
  stringify: typeof JSON.stringify,
): string {
  const attempt = { v: wireVersion, batch: batch.id, sentAtMs: Math.round(sentAtMs), token, drops: batch.drops }
  return `${stringify(attempt).slice(0, -1)},${batch.header.slice(1)}\n${batch.lines}`
}
