import type { Logger } from '../core.ts'

/** Angular's `ErrorHandler`, without its import. */
export interface AngularErrorHandler {
  handleError(error: unknown): void
}

/**
 * For `{ provide: ErrorHandler, useValue: angularErrorHandler(log) }`. Records each error and prints it as Angular's own
 * handler does; with `next`, that is called instead. `provideBrowserGlobalErrorListeners` brings what the page's listeners
 * have recorded a second time: that is known by the Error object, and not recorded again.
 */
export function angularErrorHandler(log: Logger, next?: AngularErrorHandler): AngularErrorHandler {
  return {
    handleError(error) {
      log.captureError(unwrap(error), undefined, 'angular')
      if (next) next.handleError(error)
      else console.error('ERROR', error)
    },
  }
}

/** zone.js wraps the reason of a rejection into an Error of its own ("Uncaught (in promise): ..."). */
function unwrap(error: unknown): unknown {
  const { rejection } = (error ?? {}) as { rejection?: unknown }
  return rejection ?? error
}
