import type { Config } from './config.ts'
import type { Take } from './pipeline/take.ts'
import type { Trail } from './pipeline/trail.ts'
import type { PluginHost, RouteChange } from './plugin.ts'
import type { Clock } from './web/clock.ts'
import { guard } from './web/guard.ts'
import type { NativeMethods } from './web/nativeMethods.ts'

interface PluginsOptions extends Pick<PluginHost, 'showUrl'> {
  config: Pick<Config, 'plugins' | 'capture' | 'url'>
  take: Take
  captureError: PluginHost['exception']
  trail: Trail
  clock: Clock
  native: NativeMethods
  onExit: (listener: () => void) => void
  onRoute: (listener: (change: RouteChange) => void) => void
  onFault: (fault: unknown) => void
}

/** Starts the plugins that `capture` wants. One that fails costs itself alone. Returns what stops them. */
export function startPlugins(options: PluginsOptions): () => void {
  const { config, onFault } = options
  const host = createHost(options)
  const stops: (() => void)[] = []
  for (const plugin of config.plugins) {
    const wanted = config.capture[plugin.name]
    if (wanted) guard(() => stops.push(plugin.start(host, typeof wanted === 'object' ? wanted : {})), onFault)()
  }
  return () => {
    for (const stop of stops) guard(stop, onFault)()
  }
}

function createHost(options: PluginsOptions): PluginHost {
  const { config, take, captureError, trail, clock, native, showUrl, onExit, onRoute, onFault } = options
  return {
    record: guard(({ kind, level, message, attributes, values }) => {
      take({ kind, level }, message, attributes, values)
    }, onFault),
    exception: guard(captureError, onFault),
    breadcrumb: guard(breadcrumb => trail.add({ t: clock.wallMs(), ...breadcrumb }), onFault),
    showUrl,
    isOwnRequest: address => new URL(address, location.href).href.startsWith(`${config.url}/`),
    guard: work => guard(work, onFault),
    onExit,
    onRoute,
    after(delayMs, callback) {
      const timer = native.setTimeout(guard(callback, onFault), delayMs)
      return () => native.clearTimeout(timer)
    },
    nowMs: clock.wallMs,
  }
}
