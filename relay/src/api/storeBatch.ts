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

/** Whether lines up to this position were stored under this id before. To append nothing behind them writes nothing. */
export async function isStored(app: string, id: string, lines: number, append: StoreDeps['append']): Promise<boolean> {
  if (lines === 0) return false
  const { status } = await append({ app, id, from: lines, to: lines, parts: [] })
  return status === 'duplicate'
}

/**
 * The SDK splits a batch that was refused as too large, although an earlier request, such as a beacon without a token, may
 * have brought all of it. The part behind the first has the batch's id, and behind it the place of its first line.
 */
const partId = /^([0-9a-f]{32})([1-9a-z][0-9a-z]{0,3})$/

async function isPartOfStored(app: string, id: string, length: number, append: StoreDeps['append']): Promise<boolean> {
  const [, whole, start] = partId.exec(id) ?? []
  return whole !== undefined && (await isStored(app, whole, Number.parseInt(start!, 36) + length, append))
}

/** The position from which on this request stored the lines; the batch's length where it stored none. Known: by an earlier one. */
async function appendTail(
  app: string,
  batch: Pick<RelayBatch, 'id' | 'length'>,
  partsFrom: (from: number) => Part[],
  append: StoreDeps['append'],
): Promise<{ from: number; isKnown: boolean }> {
  const { id, length } = batch
  if (await isPartOfStored(app, id, length, append)) return { from: length, isKnown: true }
  let from = 0
  for (let turn = 0; turn < maxTurns; turn++) {
    const result = await append({ app, id, from, to: length, parts: partsFrom(from) })
    if (result.status === 'stored') return { from, isKnown: from > 0 }
    if (result.status === 'duplicate' || result.seen >= length) return { from: length, isKnown: true }
    from = result.seen
  }
  throw new Error('a batch kept growing while it was stored')
}
