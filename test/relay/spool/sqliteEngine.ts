import { describeDamage } from '../../../relay/src/spool/describeDamage.ts'
import type { Spool } from '../../../relay/src/spool/spool.ts'
import type { SpoolDamage } from '../../../relay/src/spool/sqliteMessages.ts'
import { openSqliteSpool } from '../../../relay/src/spool/sqliteSpool.ts'

/** The engine as `conformance.ts` wants it. */
export function open(options: { dir: string; maxBytes?: number }): Promise<Spool> {
  const onDamage = (damage: SpoolDamage) => {
    throw new Error(describeDamage(damage))
  }
  return openSqliteSpool({ minFreeBytes: 0, onDamage, ...options })
}
