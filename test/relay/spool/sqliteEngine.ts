import type { Spool } from '../../../relay/src/spool/spool.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'

/** The engine as `conformance.ts` wants it. */
export function open(options: { dir: string; maxBytes?: number }): Promise<Spool> {
  return openSqliteSpool({ minFreeBytes: 0, ...options })
}
