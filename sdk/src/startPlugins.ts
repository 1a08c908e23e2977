import type { CoreConfig } from './config.ts'
import { snapshotValue } from './pipeline/snapshot.ts'
import type { Take } from './pipeline/take.ts'
import type { PluginHost, RouteChange } from './plugin.ts'
import type { Features } from './startFeatures.ts'
import type { Clock } from './web/clock.ts'
import { guard } from './web/guard.ts'
import type { NativeMethods } from './web/nativeMethods.ts'

interface PluginsOptions extends Pick<PluginHost, 'showUrl' | 'checkRoute' | 'isKnown' | 'isInHook'> {
  config: Pick<CoreConfig, 'plugins' | 'capture' | 'url'>
  take: Take
  captureError: PluginHost['exception']
  /** Those of the entry, if it has any. */
  features: Features | undefined
  clock: Clock
  native: NativeMethods
  /** Plugins that can be done without are. */
  isPrivate: boolean
  onExit: (listener: () => void) => void
  onRoute: (listener: (change: RouteChange) => void) => void
  onFault: (fault: unknown) => void
}

/** Of the text of one value that is described, in characters. */
const maxDescribedChars = 2000

/** Starts the plugins that `capture` wants. One that fails costs itself alone. Returns what stops them. */
export function startPlugins(options: PluginsOptions): () => void {
  const { config, isPrivate, onFault } = options
  const host = createHost(options)
  const stops: (() => void)[] = []
  for (const plugin of config.plugins) {
    const wanted = !(plugin.optional && isPrivate) && config.capture[plugin.name]
    if (wanted) guard(() => stops.push(plugin.start(host, typeof wanted === 'object' ? wanted : {})), onFault)()
  }
  return () => {
    for (const stop of stops) guard(stop, onFault)()
  }
}

function createHost(options: PluginsOptions): PluginHost {
  const { config, take, captureError, features, clock, native, onFault } = options
  const { showUrl, checkRoute, isKnown, isInHook, onExit, onRoute } = options
  return {
    record: guard(({ message, attributes, values, ...origin }) => {
      take(origin, message, attributes, values)
    }, onFault),
    exception: guard(captureError, onFault),
    breadcrumb: guard(breadcrumb => features?.addBreadcrumb({ t: clock.wallMs(), ...breadcrumb }), onFault),
    showUrl,
    isOwnRequest(address) {
      try {
        // The relay may share its origin, or the path it is under, with what the page itself asks for.
        const { href } = new URL(address, location.href)
        return ['/v1/i/', '/sdk/'].some(path => href.startsWith(config.url + path))
      } catch {
        return false
      }
    },
    guard: work => guard(work, onFault),
    onExit,
    onSession: callback => features?.onSession(guard(callback, onFault)) ?? (() => {}),
    onRoute,
    checkRoute: guard(checkRoute, onFault),
    after(delayMs, callback) {
      const timer = native.setTimeout(guard(callback, onFault), delayMs)
      return () => native.clearTimeout(timer)
    },
    traceContext() {
      const { trace, span } = features?.readTrace?.() ?? {}
      return trace ? { traceId: trace, spanId: span } : undefined
    },
    describe(value) {
      const data = snapshotValue(value, maxDescribedChars)
      return typeof data === 'string' ? data : (native.stringify(data) ?? 'undefined')
    },
    isKnown,
    isInHook,
    nowMs: clock.wallMs,
  }
}
