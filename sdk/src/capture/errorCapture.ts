import { wasTold } from '../toldErrors.ts'
import { guard } from '../web/guard.ts'
import { listen } from '../web/listen.ts'

export interface ErrorCaptureOptions {
  errors: boolean
  rejections: boolean
  /** Takes what was thrown, an Error or not; one object only once. `place` is where, for what does not know itself. */
  capture: (thrown: unknown, mechanism: string, place?: string) => void
  onFault: (fault: unknown) => void
}

export interface ErrorCapture {
  /** Handles an event that was caught before the SDK arrived. */
  handle(event: Event): void
  stop(): void
}

/**
 * Uncaught errors and rejections. Listens beside the page's own `onerror` and never in its place; in the capture
 * phase, so that a handler which stops the event hides nothing.
 */
export function startErrorCapture({ errors, rejections, ...host }: ErrorCaptureOptions): ErrorCapture {
  const handle = guard((event: Event) => {
    const { type, target, error, message } = event as ErrorEvent
    if (type !== 'error') {
      if (rejections) host.capture(reasonOf(event as PromiseRejectionEvent), 'onunhandledrejection')
      // Scripts and images that fail to load come through here too, on their element.
    } else if (errors && target === globalThis && (error || !wasTold(message)))
      host.capture(thrownBy(event as ErrorEvent), 'onerror', placeOf(event as ErrorEvent))
  }, host.onFault)
  return { handle, stop: listen(globalThis, ['error', 'unhandledrejection'], handle) }
}

/**
 * Errors of other origins come without the error itself, and without a place: "Script error."
 * (https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors).
 */
function thrownBy({ error, message }: ErrorEvent): unknown {
  if (error !== null && error !== undefined) return error
  const [, name, text] = /^(?:Uncaught )?(?:(\w*Error): )?(.*)$/s.exec(message ?? '') ?? []
  return Object.assign(Object.create(Error.prototype), { name: name ?? 'Error', message: text ?? message })
}

/** As a frame of V8's. */
function placeOf({ filename, lineno, colno }: ErrorEvent): string | undefined {
  return filename ? `    at ${filename}:${lineno}:${colno}` : undefined
}

/** Some libraries and extensions send the event themselves, and put the reason into `detail`. */
function reasonOf(event: PromiseRejectionEvent | CustomEvent): unknown {
  if ('reason' in event) return event.reason
  return (event.detail as { reason?: unknown } | undefined)?.reason ?? event
}
