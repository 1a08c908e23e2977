import { setImmediate } from 'node:timers/promises'

/** Work in one go before others get their turn: a few requests' worth, well below what a caller would notice. */
const sliceMs = 8

/** To look at the clock costs as much as a short record, so it is done once for this much work. */
const bytesPerLook = 16 * 1024
/** A piece of work costs something, however small it is. */
const bytesPerPiece = 512

/**
 * Call between pieces of long work with the size of the last one, and await what it returns: a break for the event loop
 * when one is due.
 */
export type Pace = (bytes: number) => Promise<void> | undefined

export function createPace(nowMs: () => number = () => performance.now()): Pace {
  let sliceStartMs = nowMs()
  let bytesSinceLook = 0
  return bytes => {
    bytesSinceLook += bytes + bytesPerPiece
    if (bytesSinceLook < bytesPerLook) return undefined
    bytesSinceLook = 0
    if (nowMs() - sliceStartMs < sliceMs) return undefined
    return setImmediate().then(() => {
      sliceStartMs = nowMs()
    })
  }
}
