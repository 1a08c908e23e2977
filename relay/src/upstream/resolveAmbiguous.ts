import type { LookResult } from './lookForEntries.ts'

/**
 * `known`: push `missing`, the rest is stored. `unchecked` of them could not be looked for: pushed again blindly,
 * log queries stay exact and metric queries may count them twice until Loki has flushed them.
 * `wait`: something is missing, but a push given up earlier may still be under way; look again after `waitMs`.
 */
export type Resolution<Item> =
  | { kind: 'known'; missing: Item[]; unchecked: number }
  | { kind: 'wait'; waitMs: number }
  | { kind: 'failed'; reason: string }

export interface AmbiguityResolver {
  /** Finds out which of the entries that may have been pushed are stored. */
  resolve<Item>(
    items: readonly Item[],
    look: (items: readonly Item[]) => Promise<LookResult<Item>>,
  ): Promise<Resolution<Item>>
  /** A push of the lane had no certain end just now. */
  doubted(): void
}

/**
 * Turns the doubt about a lane's pushes into knowledge, by looking before pushing again.
 *
 * What is there, is stored for certain. What is not there may still come: Loki goes on with a request whose
 * client has left, for as long as its ingester client waits (5 s). The time for that runs from the first look that was
 * answered, not from the fault, because a frozen Loki has no clock.
 *
 * @param settleMs How long a push that was given up can take to be applied, in ms; more behind a proxy that holds requests.
 */
export function createAmbiguityResolver(settleMs: number, nowMs: () => number): AmbiguityResolver {
  let firstAnswerMs: number | undefined

  return {
    async resolve(items, look) {
      const result = await look(items)
      if (result.kind === 'failed') return result
      if (result.kind === 'unreadable') return { kind: 'known', missing: [...items], unchecked: items.length }
      const { missing, unseen } = result
      firstAnswerMs ??= nowMs()
      const waitMs = firstAnswerMs + settleMs - nowMs()
      // Waiting does not make visible what is too old to be seen.
      if (missing.length > unseen.length && waitMs > 0) return { kind: 'wait', waitMs }
      return { kind: 'known', missing, unchecked: unseen.length }
    },
    doubted() {
      firstAnswerMs = undefined
    },
  }
}
