/**
 * Does `work` while no other tab of the origin does it: at once, or when its turn comes; not at all once `signal` is
 * aborted. The browser ends the turn of a tab that crashes, so nobody has to ask again and again.
 *
 * Without locks it does the work right away: two tabs that send the same batch waste a request and nothing else.
 */
export async function withFlushLock(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let begun = false
  try {
    await navigator.locks.request(name, { signal }, () => {
      begun = true
      return work()
    })
  } catch {
    // `request` throws in sandboxed frames, and there are no locks at all outside of secure contexts.
    if (!begun && !signal.aborted) await work()
  }
}
