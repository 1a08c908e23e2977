import type { InitOptions } from '../config.ts'
import type { HookFault } from '../hookFault.ts'
import type { NativeMethods } from '../web/nativeMethods.ts'
import { kinds, levels, type WireRecord } from '../wire.ts'
import type { Stage } from './stage.ts'

/** By example: a text, a number, a list of such items, or an object with such fields, each of which may be absent. */
type Shape = string | number | Shape[] | { readonly [name: string]: Shape }

const errorShape: Shape = {
  type: '',
  message: '',
  stack: '',
  frames: [{ file: '' }],
  properties: {},
  get cause() {
    return errorShape
  },
  get errors() {
    return [errorShape]
  },
}

/** What the stages behind read, and what the relay would refuse the whole record for. */
const recordShape: Shape = {
  message: '',
  attributes: {},
  values: {},
  error: errorShape,
  mechanism: '',
  trace: '',
  span: '',
  breadcrumbs: [{ message: '' }],
}

/**
 * The host's hook behind a guard: it gets a copy, so that one that fails half-way leaves the record as it was.
 * A hook that throws or answers with something else than a record costs no data: the original goes on, and it is counted.
 */
export function createBeforeSend(
  hook: NonNullable<InitOptions['beforeSend']>,
  hookFault: HookFault,
  { stringify, parse }: Pick<NativeMethods, 'stringify' | 'parse'>,
): Stage {
  /** Through JSON, which is what will be sent: getters, cycles and the like show here and not later. */
  const clone = (record: WireRecord): WireRecord => parse(stringify(record))
  const onFault = hookFault('beforeSend', 'records go on as they were')
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

function isRecord(record: WireRecord): boolean {
  return (
    fits(record, recordShape) &&
    kinds.includes(record.kind) &&
    levels.includes(record.level) &&
    record.message !== undefined &&
    Object.values(record.values ?? {}).every(value => fits(value ?? '', 0))
  )
}

/** Whether what is there is of that shape. Who sets a field to null wants it away, and the original would bring it back. */
function fits(value: unknown, shape: Shape): boolean {
  if (value === undefined) return true
  if (Array.isArray(shape)) return Array.isArray(value) && value.every(item => fits(item, shape[0]!))
  if (typeof shape !== 'object') return typeof value === typeof shape
  if (!(value instanceof Object) || Array.isArray(value)) return false
  const group = value as Record<string, unknown>
  return Object.keys(shape).every(name => (group[name] === null ? delete group[name] : fits(group[name], shape[name]!)))
}
