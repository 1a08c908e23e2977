import type { DropReason } from '../drops.ts'
import type { WireRecord } from '../wire.ts'

/** One record in; the record, changed or not, or the reason to drop it out. Must not throw. */
export type Stage = (record: WireRecord) => WireRecord | DropReason
