import type { Batch, BatchInfo } from '../batch.ts'
import type { DropCounts, DropReason } from '../drops.ts'

/** What a method rejects with when `release` has broken it off: nothing is wrong. No Error, whose stack costs the page's start 3 ms. */
export const queueReleased = Symbol('released')

/**
 * Where batches survive the page, one row each. Holds the rows of one app key: those of this page, and those that
 * earlier pages and other tabs left or are still working on. Every method may reject, and none is tried again here.
 */
export interface Queue {
  /** Writes and removes rows in one transaction, which is begun before this returns if the store is open. */
  write(puts: readonly Batch[], removes: readonly string[]): Promise<void>
  /** All rows without their content, oldest first. */
  list(): Promise<BatchInfo[]>
  read(id: string): Promise<Batch | undefined>
  /** Removes the row of a batch that was read before, unless its owner has added records to it since. */
  removeUnlessGrown(batch: BatchInfo): Promise<void>
  /** Removes all rows of the app key, other pages' too. */
  clear(): Promise<void>
  /**
   * Takes the turn to send what other pages left, or keeps it, until `untilMs`. Answers 0, or how long another `owner`
   * still has it, in ms.
   */
  lease(owner: string, nowMs: number, untilMs: number): Promise<number>
  /** Lets go of the store as soon as writes that were begun are done; the next use takes hold of it again. */
  release(): void
}

/** A supply of batches to be sent. Each that `next` hands out is given back to exactly one of the other methods. */
export interface BatchSource {
  next(): Batch | undefined | Promise<Batch | undefined>
  /** The relay has stored it, but for the records that it refused, by reason. */
  confirm(batch: Batch, refused: DropCounts): void
  /** Not sent, or nobody knows: the batch stays. */
  postpone(batch: Batch): void
  /** Two batches with the same records take its place. */
  replace(batch: Batch, halves: readonly Batch[]): void
  drop(batch: BatchInfo, reason: DropReason): void
}
