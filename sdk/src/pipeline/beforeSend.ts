import type { InitOptions } from '../config.ts'
import type { BeaconError } from '../errors.ts'
import { createHookFault } from '../hookFault.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import { kinds, levels, type WireRecord } from '../wire.ts'
import type { Stage } from './stage.ts'

/**
 * The host's hook behind a guard: it gets a copy, so that one that fails half-way leaves the record as it was.
 * A hook that throws or answers with something else than a record costs no data: the original goes on.
 */
export function createBeforeSend(
  hook: NonNullable<InitOptions['beforeSend']>,
  report: (error: BeaconError) => void,
  { stringify, parse }: Pick<NativeMethods, 'stringify' | 'parse'>,
): Stage {
  /** Through JSON, which is what will be sent: getters, cycles and the like show here and not later. */
  const clone = (record: WireRecord): WireRecord => parse(stringify(record))
  const onFault = createHookFault(report, 'beforeSend failed; records go on as they were')
  return record => {
    try {
      const copy = clone(record)
      const answer: unknown = hook(copy)
      if (answer === null || answer === false) return 'before_send'
      // A hook without a return statement changed its argument.
      const changed = clone((answer ?? copy) as WireRecord)
      if (!isRecord(changed)) throw new TypeError('beforeSend must return a record, null or false')
      return { ...changed, n: record.n, t: record.t }
    } catch (cause) {
      onFault(cause)
      return record
    }
  }
}

function isRecord({ kind, level, message }: WireRecord): boolean {
  return kinds.includes(kind) && levels.includes(level) && typeof message === 'string'
}
