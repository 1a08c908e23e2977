/**
 * What an audit found out about acknowledged records.
 *
 * - `present`: Loki has them.
 * - `lost`: Loki did not have them any more; these are pushed again, and counted once more as
 * - `restored`: pushed again, and taken.
 * - `refused`: lost, and Loki does not take them a second time.
 * - `unknown`: Loki can't tell: too old for its queries, or the credentials may not read.
 * - `let_go`: not kept until an audit, for want of room or because Loki was away for too long.
 */
export const auditFindings = ['present', 'lost', 'restored', 'refused', 'unknown', 'let_go'] as const
export type AuditFinding = (typeof auditFindings)[number]
