import { setImmediate } from 'node:timers/promises'

/** Work in one go before others get their turn: a few requests' worth, well below what a caller would notice. */
const sliceMs = 8

/** Call between pieces of long work, and await what it returns: a break for the event loop when one is due. */
export type Pace = () => Promise<void> | undefined

export function createPace(nowMs: () => number = () => performance.now()): Pace {
  let sliceStartMs = nowMs()
  return () => {
    if (nowMs() - sliceStartMs < sliceMs) return undefined
    return setImmediate().then(() => {
      sliceStartMs = nowMs()
    })
  }
}
