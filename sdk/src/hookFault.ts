import { BeaconError } from './errors.ts'

/** Hooks of the host that cost no record when they fail, by the name of their option. */
export type HookName = 'beforeSend' | 'getTraceContext' | 'route' | 'sinks'
export type HookFailures = Partial<Record<HookName, number>>

/** Makes what is called with whatever that hook throws; `effect` says what becomes of records. */
export type HookFault = (hook: HookName, effect: string) => (cause: unknown) => void

export interface HookFaults {
  of: HookFault
  /** How often each has failed so far; undefined where none has. */
  counts(): HookFailures | undefined
}

/** Counts each failure and reports the first of each hook: it may fail at each record. */
export function createHookFaults(report: (error: BeaconError) => void): HookFaults {
  const counts: HookFailures = {}
  return {
    of(hook, effect) {
      let hasFailed = false
      return cause => {
        counts[hook] = (counts[hook] ?? 0) + 1
        if (!hasFailed) report(new BeaconError('invalid_option', `${hook} failed: ${effect}`, { cause }))
        hasFailed = true
      }
    },
    counts: () => (Object.keys(counts).length > 0 ? { ...counts } : undefined),
  }
}
