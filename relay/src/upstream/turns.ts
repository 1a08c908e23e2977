export interface Turns {
  /** Waits until nobody else has the lane; the function it resolves with hands it on. */
  acquire(lane: string): Promise<() => void>
}

/** One at a time for each lane, in the order of asking. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>()
  return {
    async acquire(lane) {
      const before = last.get(lane)
      const { promise, resolve } = Promise.withResolvers<void>()
      last.set(lane, promise)
      await before
      return () => {
        if (last.get(lane) === promise) last.delete(lane)
        resolve()
      }
    },
  }
}
