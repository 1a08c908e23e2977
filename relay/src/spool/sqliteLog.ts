import { closeSync, copyFileSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const headerBytes = 32
const frameHeaderBytes = 24

/**
 * How many transactions lie in the log behind the first frame that SQLite could not use. One may be what a crash has cut
 * off before it was answered. More were written and answered, and the log has been damaged since: SQLite stops there
 * without a word. To be asked before anything is written. https://www.sqlite.org/fileformat2.html#walformat
 */
export function transactionsBehindBreak(db: DatabaseSync, logFile: string): number {
  // Tells and does nothing, from SQLite 3.51 on; before that it also writes back what can be.
  const usedFrames = Number(db.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.log ?? 0)
  const handle = openSync(logFile, 'r')
  try {
    const read = (at: number, bytes: number) => {
      const view = new DataView(new ArrayBuffer(bytes))
      return readSync(handle, view, 0, bytes, at) === bytes ? view : undefined
    }
    const header = read(0, headerBytes)
    if (!header) return 0
    const pageBytes = header.getUint32(8)
    let transactions = 0
    for (let frame = Math.max(0, usedFrames); ; frame++) {
      const found = read(headerBytes + frame * (frameHeaderBytes + pageBytes), frameHeaderBytes)
      if (!found) return transactions
      const isOfThisLog = found.getUint32(8) === header.getUint32(16) && found.getUint32(12) === header.getUint32(20)
      // The last frame of a transaction tells the size of the file, others 0.
      if (isOfThisLog && found.getUint32(4) > 0) transactions++
    }
  } finally {
    closeSync(handle)
  }
}

/** What an expert may still read of it. SQLite is about to overwrite it. */
export function keepLog(logFile: string, keptAs: string): string | undefined {
  try {
    copyFileSync(logFile, keptAs)
    return keptAs
  } catch {
    // As on a full disk. What matters more is that the relay starts.
    return undefined
  }
}
