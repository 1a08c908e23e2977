import { statfsSync } from 'node:fs'

export interface DiskRoom {
  /** What is free beyond the reserve, in bytes; below 0 where the reserve itself is short. Looked at once a second. */
  leftBytes(): number
  /** The same, looked at now. */
  lookAgain(): number
}

const lookEveryMs = 1000

/** How much the disk of `dir` still has for the spool. */
export function createDiskRoom(dir: string, reserveBytes: number): DiskRoom {
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let left = 0
  return {
    leftBytes: () => (performance.now() - lookedAtMs > lookEveryMs ? lookAgain() : left),
    lookAgain,
  }

  function lookAgain(): number {
    const { bavail, bsize } = statfsSync(dir)
    lookedAtMs = performance.now()
    left = bavail * bsize - reserveBytes
    return left
  }
}
