import type { Logger } from '../core.ts'

/** What SvelteKit's `handleError` is given, as far as it is used here: version 2 has `status`, version 3 `kind`, too. */
export interface KitFailure {
  error: unknown
  event?: { route?: { id?: string | null | undefined } | undefined } | undefined
  status?: number | undefined
  kind?: string | undefined
}

/**
 * For `<svelte:boundary onerror={svelteErrorHandler(log)}>`: records and prints the error, which Svelte takes for handled.
 * With `next`, that is called instead of the printing.
 */
export function svelteErrorHandler(
  log: Logger,
  next?: (error: unknown, reset: () => void) => void,
): (error: unknown, reset: () => void) => void {
  return (error, reset) => {
    log.captureError(error, { hook: 'boundary' }, 'svelte')
    if (next) next(error, reset)
    else console.error(error)
  }
}

/**
 * For `export const handleError = kitErrorHandler(log)` in `src/hooks.client.ts`. Pages that are not there are no errors,
 * and neither is what the app threw by `error()`. `next` is called after it, and what it returns is what the page shows.
 */
export function kitErrorHandler<Failure extends KitFailure = KitFailure, Shown = undefined>(
  log: Logger,
  next?: (failure: Failure) => Shown,
): (failure: Failure) => Shown | undefined {
  return failure => {
    const { error, event, status, kind } = failure
    if (status !== 404 && kind !== 'app')
      log.captureError(error, { hook: 'handleError', route: event?.route?.id ?? undefined, status }, 'sveltekit')
    if (next) return next(failure)
    console.error(error)
    return undefined
  }
}
