import type { NativeMethods } from '../web/nativeMethods.ts'
import { randomId } from '../web/randomId.ts'
import type { Queue } from './queue.ts'

export interface FlushLockOptions {
  name: string
  /** Where the lease is kept, for browsers and frames without locks. */
  queue: Pick<Queue, 'lease'>
  wallMs: () => number
  native: Pick<NativeMethods, 'setTimeout' | 'clearTimeout'>
}

/** Does `work` in this tab's turn; not at all once `signal` is aborted. */
export type FlushLock = (signal: AbortSignal, work: () => Promise<void>) => Promise<void>

/** A tab that dies with the lease in its hands holds up the others for so long at most, in ms. */
const leaseMs = 15_000

/**
 * Lets one tab of the origin at a time do its work: at once, or when its turn comes. The browser ends the turn of a tab
 * that crashes, so nobody has to ask again and again.
 *
 * There are no locks outside of secure contexts, and in sandboxed frames `request` throws: then a lease on the device has
 * to do. If two tabs should hold it after all they waste a request and nothing else, since the relay knows each batch.
 */
export function createFlushLock({ name, queue, wallMs, native }: FlushLockOptions): FlushLock {
  return async (signal, work) => {
    let begun = false
    try {
      await navigator.locks.request(name, { signal }, () => {
        begun = true
        return work()
      })
    } catch {
      if (!begun && !signal.aborted) await withLease(signal, work)
    }
  }

  async function withLease(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const owner = randomId()
    let waitMs = await take()
    while (waitMs > 0 && !signal.aborted) {
      await new Promise<void>(resolve => native.setTimeout(resolve, Math.min(waitMs, leaseMs)))
      waitMs = await take()
    }
    if (signal.aborted) return
    let timer = native.setTimeout(renew, leaseMs / 3)
    try {
      await work()
    } finally {
      native.clearTimeout(timer)
      await queue.lease(owner, wallMs(), 0)
    }

    function renew(): void {
      timer = native.setTimeout(renew, leaseMs / 3)
      take().catch(() => {})
    }

    function take(): Promise<number> {
      const nowMs = wallMs()
      return queue.lease(owner, nowMs, nowMs + leaseMs)
    }
  }
}
