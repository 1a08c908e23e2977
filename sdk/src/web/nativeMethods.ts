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
  return {
    fetch: original('fetch'),
    fetchLater: original('fetchLater' as 'fetch') as NativeMethods['fetchLater'],
    sendBeacon: navigator?.sendBeacon?.bind(navigator),
    setTimeout: original('setTimeout') as NativeMethods['setTimeout'],
    clearTimeout: original('clearTimeout') as NativeMethods['clearTimeout'],
    queueMicrotask: original('queueMicrotask')!,
    // Its methods are bound to it: https://console.spec.whatwg.org/#console-namespace
    console: { ...globalThis.console },
    stringify: JSON.stringify,
    parse: JSON.parse,
  }
}

/**
 * zone.js keeps what it patched under its own name; through the patched one each of our timers would start a
 * change detection of the whole Angular app (https://github.com/angular/angular/blob/main/packages/zone.js/README.md).
 */
function original<Name extends 'fetch' | 'setTimeout' | 'clearTimeout' | 'queueMicrotask'>(
  name: Name,
): (typeof globalThis)[Name] | undefined {
  const unpatched: unknown = Reflect.get(globalThis, `__zone_symbol__${name}`)
  const method: unknown = typeof unpatched === 'function' ? unpatched : globalThis[name]
  return typeof method === 'function' ? method.bind(globalThis) : undefined
}
