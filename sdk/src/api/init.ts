import { BeaconError } from '../errors.ts'
import { pageWide } from '../pageWide.ts'
import type { Plugin } from '../plugin.ts'
import type { CoreOptions, InitOptions } from '../publicOptions.ts'
import { start } from '../start.ts'
import type { StartFeatures } from '../startFeatures.ts'
import { guard } from '../web/guard.ts'
import { captureNativeMethods } from '../web/nativeMethods.ts'
import { createInertBeacon } from './inertBeacon.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Shape } from './optionShape.ts'
import { createPrinter, type Print } from './printer.ts'
import { quietHooks } from './quietHooks.ts'
import { readConfig } from './readConfig.ts'
import { earlyConsent, replayEarly } from './replay.ts'

/** What an entry point has beside the core. */
export interface EntryParts {
  plugins?: readonly Plugin[]
  features?: { options: Shape; start: StartFeatures }
}

export type Init<Options extends CoreOptions = InitOptions> = (options: Options) => Logger

/** Makes the `init` of an entry point. */
export function createInit<Options extends CoreOptions>(entry: EntryParts): Init<Options> {
  return options => {
    try {
      return open(options, entry)
    } catch (cause) {
      const warn = guard((text: string) => console.warn(`loki-beacon: ${text}`, cause))
      warn('init failed')
      return createInertLogger(warn)
    }
  }
}

function open(given: CoreOptions, { plugins, features }: EntryParts): Logger {
  const native = captureNativeMethods()
  const { config: read, isUsable, problems } = readConfig(given, plugins, features?.options)
  const { config, wrap, areRunning } = quietHooks(read)
  const warn = wrap((text: string) => guard(() => native.console.warn(`loki-beacon: ${text}`))())
  if (problems.length > 0) {
    const error = new BeaconError('invalid_option', problems.join('; '))
    warn(error.message)
    guard(() => config.onError?.(error))()
  }
  const print = config.consoleLevels.length > 0 ? wrap(createPrinter(native, config)) : undefined
  // A worker has neither, a server may pretend to have one.
  if (!isUsable || typeof window === 'undefined' || typeof document === 'undefined')
    return createInertLogger(warn, print)

  const registry = openLoggers()
  const first = registry.get(config.key)
  if (first) {
    warn('init was called again for the same key: the first logger stays')
    return first
  }
  config.consent = earlyConsent(config.consent)
  const beacon = start(config, native, () => registry.delete(config.key), areRunning, features?.start)
  const logger = createLogger({ beacon, minLevel: config.minLevel, print, warn })
  registry.set(config.key, logger)
  replayEarly(logger, beacon)
  return logger
}

/** Prints at most. */
export function createInertLogger(warn: (text: string) => void, print?: Print): Logger {
  return createLogger({ beacon: createInertBeacon(), minLevel: 'trace', print, warn })
}

/** Neither closed, nor one that prints at most. */
export function isOpen(logger: Logger): boolean {
  return [...openLoggers().values()].includes(logger)
}

/** By their keys. */
function openLoggers(): Map<string, Logger> {
  return pageWide<Map<string, Logger>>(Map)
}
