import { BeaconError } from './errors.ts'

/** Reports what a hook of the host throws, the first time only: it may fail at each record. */
export function createHookFault(report: (error: BeaconError) => void, message: string): (cause: unknown) => void {
  let hasFailed = false
  return cause => {
    if (!hasFailed) report(new BeaconError('invalid_option', message, { cause }))
    hasFailed = true
  }
}
