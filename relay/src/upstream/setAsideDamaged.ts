import type { LeasedPart, Spool } from '../spool/spool.ts'

/** What rotted on disk is no record any more: of such parts the fact goes to quarantine. Returns the others, and how many records are lost. */
export async function setAsideDamaged(
  spool: Pick<Spool, 'quarantine'>,
  leased: readonly LeasedPart[],
): Promise<{ parts: LeasedPart[]; lost: number }> {
  let lost = 0
  for (const part of leased) {
    if (!part.damaged) continue
    const { records } = part
    await spool.quarantine(part, { reason: 'damaged on disk', poison: { records, body: new Uint8Array() } })
    lost += records
  }
  return { parts: leased.filter(part => !part.damaged), lost }
}
