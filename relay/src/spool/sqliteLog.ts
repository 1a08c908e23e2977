import { closeSync, copyFileSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { pageBytes } from './sqliteSchema.ts'

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
    const first = read(headerBytes, frameHeaderBytes)
    if (!header || !first) return 0
    // Frames of an earlier run of the log may lie behind, which bear other salts.
    const [salt1, salt2] = isSoundHeader(header) ? pairAt(header, 16) : pairAt(first, 8)
    let transactions = 0
    for (let frame = Math.max(0, usedFrames); ; frame++) {
      const found = read(headerBytes + frame * (frameHeaderBytes + pageBytes), frameHeaderBytes)
      if (!found) return transactions
      const [own1, own2] = pairAt(found, 8)
      const isOfThisLog = own1 === salt1 && own2 === salt2
      // The last frame of a transaction tells the size of the file, others 0.
      if (isOfThisLog && found.getUint32(4) > 0) transactions++
    }
  } finally {
    closeSync(handle)
  }
}

function pairAt(view: DataView, at: number): [number, number] {
  return [view.getUint32(at), view.getUint32(at + 4)]
}

/** By its checksum. Of a header that has rotted SQLite takes the log for empty. https://www.sqlite.org/fileformat2.html#checksum_algorithm */
function isSoundHeader(header: DataView): boolean {
  const isLittleEndian = header.getUint32(0) === 0x377f0682
  const sums: [number, number] = [0, 0]
  for (let at = 0; at < 24; at += 8) {
    sums[0] = (sums[0] + header.getUint32(at, isLittleEndian) + sums[1]) >>> 0
    sums[1] = (sums[1] + header.getUint32(at + 4, isLittleEndian) + sums[0]) >>> 0
  }
  const [sum1, sum2] = pairAt(header, 24)
  return sums[0] === sum1 && sums[1] === sum2
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
