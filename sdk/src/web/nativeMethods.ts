import { unpatched } from './patchMethod.ts'

/** Host methods as they were when the SDK started, bound to their owner; undefined where the host has none. */
export interface NativeMethods {
  fetch: typeof fetch | undefined
  sendBeacon: ((url: string, body?: BodyInit | null) => boolean) | undefined
  /** https://wicg.github.io/pending-beacon/ */
  fetchLater: ((url: string, init: RequestInit & { activateAfter: number }) => unknown) | undefined
  setTimeout: (callback: () => void, delayMs: number) => number
  clearTimeout: (id: number | undefined) => void
  queueMicrotask: (callback: () => void) => void
  console: Pick<Console, ConsoleMethod>
  stringify: typeof JSON.stringify
  parse: typeof JSON.parse
}

export type ConsoleMethod = 'debug' | 'info' | 'warn' | 'error'

/**
 * Call it once, at init: what the page or another script patches later then neither sees nor breaks our work, and
 * our own requests and timers never show up in its instrumentation.
 */
export function captureNativeMethods(): NativeMethods {
  const { navigator } = globalThis
  const { stringify } = JSON
  return {
    fetch: original('fetch'),
    fetchLater: original('fetchLater' as 'fetch') as NativeMethods['fetchLater'],
    sendBeacon: navigator?.sendBeacon?.bind(navigator),
    setTimeout: original('setTimeout') as NativeMethods['setTimeout'],
    clearTimeout: original('clearTimeout') as NativeMethods['clearTimeout'],
    queueMicrotask: original('queueMicrotask')!,
    console: consoleMethods(),
    stringify: ((...args: Parameters<typeof stringify>) => withoutToJson(() => stringify(...args))) as typeof stringify,
    parse: JSON.parse,
  }
}

/**
 * Prototype.js gives all arrays a `toJSON` that makes texts of them: for this moment they go without, as in
 * https://github.com/DataDog/browser-sdk/blob/main/packages/core/src/tools/serialisation/jsonStringify.ts.
 */
function withoutToJson<Result>(work: () => Result): Result {
  const prototype = Array.prototype as { toJSON?: unknown }
  const { toJSON } = prototype
  if (toJSON === undefined) return work()
  delete prototype.toJSON
  try {
    return work()
  } finally {
    prototype.toJSON = toJSON
  }
}

/** Bound to it as they are: https://console.spec.whatwg.org/#console-namespace. Some pages make reading it throw. */
function consoleMethods(): NativeMethods['console'] {
  try {
    const methods = { ...globalThis.console }
    for (const name of Object.keys(methods) as ConsoleMethod[]) methods[name] = unpatched(methods[name])
    return methods
  } catch {
    return {} as NativeMethods['console']
  }
}

/**
 * zone.js keeps what it patched under its own name; through the patched one each of our timers would start a
 * change detection of the whole Angular app (https://github.com/angular/angular/blob/main/packages/zone.js/README.md).
 */
function original<Name extends 'fetch' | 'setTimeout' | 'clearTimeout' | 'queueMicrotask'>(
  name: Name,
): (typeof globalThis)[Name] | undefined {
  const beneath: unknown = Reflect.get(globalThis, `__zone_symbol__${name}`)
  const method: unknown = unpatched(typeof beneath === 'function' ? beneath : globalThis[name])
  return typeof method === 'function' ? method.bind(globalThis) : undefined
}
