import type { Outcomes } from '../outcomes.ts'
import type { RelayBatch } from '../record.ts'
import type { AppendResult, Part, SpoolBatch } from '../spool/spool.ts'

export interface StoreDeps {
  append(batch: SpoolBatch): Promise<AppendResult>
  outcomes: Outcomes
}

export interface StoredBatch {
  /** Lines before this position had been stored by an earlier request. */
  from: number
  accepted: number
  duplicate: number
  rejected: { n?: number; reason: string }[]
}

/** Two requests with one batch may grow it in turns; each turn stores more of it, so there is an end. */
const maxTurns = 10

/**
 * Stores what of a batch is not stored yet, and gives each of its lines its outcome. Resolves only once it is durable.
 * A batch id comes again when an answer was lost, and with more records when a page beaconed it before it was complete.
 */
export async function storeBatch(
  app: string,
  batch: Omit<RelayBatch, 'records'>,
  partsFrom: (from: number) => Part[],
  { append, outcomes }: StoreDeps,
): Promise<StoredBatch> {
  const { from, isKnown } = await appendTail(app, batch, partsFrom, append)
  const accepted = batch.length - from - batch.rejected.filter(line => line.position >= from).length
  const duplicate = batch.length - batch.rejected.length - accepted
  outcomes.received(batch.length)
  outcomes.duplicate(duplicate)
  for (const { reason } of batch.rejected) outcomes.rejected(reason, 1)
  // All attempts of a batch bear the same drops.
  if (!isKnown) outcomes.clientDropped(batch.drops)
  return { from, accepted, duplicate, rejected: batch.rejected.map(({ n, reason }) => ({ n, reason })) }
}

/** The position from which on this request stored the lines; the batch's length where it stored none. Known: by an earlier one. */
async function appendTail(
  app: string,
  batch: Pick<RelayBatch, 'id' | 'length'>,
  partsFrom: (from: number) => Part[],
  append: StoreDeps['append'],
): Promise<{ from: number; isKnown: boolean }> {
  const { id, length } = batch
  let from = 0
  for (let turn = 0; turn < maxTurns; turn++) {
    const result = await append({ app, id, from, to: length, parts: partsFrom(from) })
    if (result.status === 'stored') return { from, isKnown: from > 0 }
    if (result.status === 'duplicate' || result.seen >= length) return { from: length, isKnown: true }
    from = result.seen
  }
  throw new Error('a batch kept growing while it was stored')
}
