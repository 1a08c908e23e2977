import type { Attributes, Level, Logger, WireAttributes, WireError } from '../core.ts'
import { snapshotInto, snapshotValue } from '../pipeline/snapshot.ts'
import { isError, summarize, toWireError } from '../pipeline/wireError.ts'
import { tellError } from '../toldErrors.ts'
import { guard } from '../web/guard.ts'
import { levels } from '../wire.ts'

/** Where a worker's records go: the worker itself (`self`), a port, or anything that can post. */
export interface MessageTarget {
  postMessage(message: unknown): unknown
}

/** Where the page hears of them: the `Worker`, a `SharedWorker`'s port, or `navigator.serviceWorker`. */
export interface MessageSource {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}

/** A worker's logger: the page's logger does what it is asked. */
export interface WorkerLog extends Pick<Logger, Level | 'captureError'> {
  /** Ends the forwarding of uncaught errors and rejections. */
  stop(): void
}

/** One message: plain data, bounded like any record, below a key of its own. */
interface Forwarded {
  level: Level
  message: string
  attributes?: WireAttributes
  error?: WireError
  /** What caught it, of an exception. */
  hook?: string
  /** What the browser will tell the page's own error listeners. */
  bubblesAs?: string
  timeMs: number
}

const key = 'loki-beacon'
const maxCauses = 5

/**
 * In the worker: sends its uncaught errors and rejections to the page, with their stacks, and what is logged by the
 * logger that it returns. The worker's own handlers and messages stay as they are.
 */
export function forwardErrors(target: MessageTarget = globalThis as unknown as MessageTarget): WorkerLog {
  const seen = new WeakSet()
  const listeners = {
    error: guard((event: Event) => {
      const { error, message, filename, lineno, colno } = event as ErrorEvent
      const place = { message, stack: `at ${filename}:${lineno}:${colno}` }
      postThrown(error ?? Object.assign(Object.create(Error.prototype), place), 'error', undefined, message)
    }),
    unhandledrejection: guard((event: Event) => {
      postThrown((event as PromiseRejectionEvent).reason, 'unhandledrejection')
    }),
  }
  const types = Object.keys(listeners) as (keyof typeof listeners)[]
  for (const type of types) globalThis.addEventListener(type, listeners[type])
  const log = Object.fromEntries(levels.map(level => [level, guard(logAt(level))]))
  return {
    ...(log as Pick<Logger, Level>),
    captureError: guard((thrown: unknown, attributes?: Attributes) => postThrown(thrown, 'captureError', attributes)),
    stop() {
      for (const type of types) globalThis.removeEventListener(type, listeners[type])
    },
  }

  function logAt(level: Level): Logger['info'] {
    return (message, attributes) => {
      const taken = take(attributes)
      if (!isError(message)) return post({ ...taken, level, message: describe(message) })
      // As in the page: what was told and has nothing to add is not told again.
      if (seen.has(message) && Object.keys(taken.attributes ?? {}).length === 0) return
      seen.add(message)
      const error = toWireError(message, snapshotValue)
      post({ ...taken, level, message: summarize(error), error })
    }
  }

  function postThrown(thrown: unknown, hook: string, attributes?: Attributes, bubblesAs?: string): void {
    if (isError(thrown)) {
      if (seen.has(thrown)) {
        // It was told, and comes to the page's listeners none the less.
        post({ level: 'error', message: '', bubblesAs })
        return
      }
      seen.add(thrown)
    }
    const error = toWireError(thrown, snapshotValue)
    post({ ...take(attributes), level: 'error', message: summarize(error), error, hook, bubblesAs })
  }

  function take(attributes: unknown): Pick<Forwarded, 'attributes' | 'error'> {
    const taken = { attributes: undefined, error: undefined, chars: 0 }
    if (attributes !== undefined && attributes !== null) snapshotInto(taken, attributes, error => seen.add(error))
    return { attributes: taken.attributes, error: taken.error }
  }

  function post(forwarded: Omit<Forwarded, 'timeMs'>): void {
    // A target may be asynchronous, and its rejection would come back to us.
    Promise.resolve(target.postMessage({ [key]: { ...forwarded, timeMs: Date.now() } })).catch(() => {})
  }
}

function describe(value: unknown): string {
  const data = snapshotValue(value)
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? 'undefined')
}

/**
 * In the page: records what `forwardErrors` sends, exceptions with the mechanism `worker`. Other messages pass; ours go no
 * further, so call this before the page adds listeners of its own. Returns what ends it.
 */
export function receiveFrom(source: MessageSource, log: Logger): () => void {
  const listener = guard((event: MessageEvent) => {
    const { level, message, attributes, error, hook, bubblesAs, timeMs } =
      (event.data as { [key]?: Partial<Forwarded> } | null | undefined)?.[key] ?? {}
    // Not from `forwardErrors`: whatever it is, it is the page's.
    if (!level || !levels.includes(level) || typeof message !== 'string') return
    event.stopImmediatePropagation()
    if (bubblesAs) tellError(bubblesAs)
    const thrown = error && revive(error, 0)
    if (hook) log.captureError(thrown, { ...attributes, hook }, 'worker')
    else if (message)
      log.record({ level, message, attributes: thrown ? { ...attributes, error: thrown } : attributes, timeMs })
  })
  source.addEventListener('message', listener)
  return () => source.removeEventListener('message', listener)
}

/** An Error again, so that the page's logger takes it for what it was. */
function revive({ type, message, stack, cause, errors, properties }: WireError, depth: number): Error {
  const error = Object.assign(Object.create(Error.prototype), properties, { name: type, message, stack })
  if (depth >= maxCauses) return error
  if (cause) error.cause = revive(cause, depth + 1)
  if (errors) error.errors = errors.map(each => revive(each, depth + 1))
  return error
}
