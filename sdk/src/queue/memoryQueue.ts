import type { Queue } from './queue.ts'

/** Keeps nothing beyond the page; while it lives its batches are in memory anyway. */
export function createMemoryQueue(): Queue {
  const nothing = async () => {}
  return {
    write: nothing,
    list: async () => [],
    read: async () => undefined,
    removeUnlessGrown: nothing,
    clear: nothing,
    lease: async () => 0,
    release() {},
  }
}
