import type { SpoolDamage } from './sqliteMessages.ts'

/** For the operator: what is gone, and where the rest is. */
export function describeDamage(damage: SpoolDamage): string {
  switch (damage.kind) {
    case 'unreadable': {
      const lost = damage.lostRecords === undefined ? 'an unknown number of' : damage.lostRecords
      return `the spool's file was damaged, ${lost} records are lost; all others are in a new file, and the old one is kept as ${damage.keptAs ?? 'damaged-<time>.sqlite'}`
    }
    case 'logDamaged': {
      const kept = damage.keptAs ? `; it is kept as ${damage.keptAs}` : ''
      return `the log of the spool (spool.sqlite-wal) was damaged after a crash: at least ${damage.lostTransactions} transactions, of one or more batches each, that were accepted just before that are lost${kept}`
    }
    case 'logMissing':
      return 'the log of the spool (spool.sqlite-wal) was deleted after a crash: what was accepted just before that is lost'
    case 'fileMissing':
      return `the file of the spool was deleted, and what was in it is lost; its log is kept as ${damage.keptAs}`
  }
}

/** For the operator who waits for the start. */
export function describeSalvage(bytes: number): string {
  return `the spool's file is damaged: what can be read of its ${Math.ceil(bytes / 1e6)} MB is being copied, before anything else`
}

/** Records that are known to be lost. */
export function lostRecords(damage: SpoolDamage): number {
  return damage.kind === 'unreadable' ? (damage.lostRecords ?? 0) : 0
}
