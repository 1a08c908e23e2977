import type { ConsoleLevel, ConsoleOptions } from '../captureOptions.ts'
import type { Plugin, PluginHost } from '../plugin.ts'
import { type Call, patchMethod } from '../web/patchMethod.ts'
import type { Level } from '../wire.ts'
import { formatConsole } from './formatConsole.ts'

const levelOf: Record<ConsoleLevel, Level> = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' }

/** What the page's scripts print: as records, of which warnings and errors are breadcrumbs too, or as breadcrumbs alone. */
export const consoleCapture: Plugin<Required<ConsoleOptions>> = {
  name: 'console',
  enabled: false,
  options: { levels: ['debug', 'log', 'info', 'warn', 'error'], records: true },
  start(host, { levels, records }) {
    // What a getter prints while we read it is of our making, whichever method it takes.
    let isBusy = false
    const stops = levels
      .filter(name => name in levelOf)
      .map(name => {
        const after = host.guard((call: Call) => {
          if (isBusy || host.isInHook()) return
          isBusy = true
          try {
            tell(call.args, levelOf[name], records, host)
          } finally {
            isBusy = false
          }
        })
        return patchMethod(globalThis.console, name, call => {
          call.after = after
        })
      })
    return () => {
      for (const stop of stops) stop()
    }
  },
}

function tell(args: unknown[], level: Level, records: boolean, host: PluginHost): void {
  if (args.length === 0) return
  // Frameworks print what was thrown, before or after it reaches us in another way.
  if (args.some(host.isKnown)) return
  const message = formatConsole(args, host.describe)
  const error = args.find(isError)
  if (records)
    host.record({ kind: 'log', level, message, mechanism: 'console', attributes: error ? { error } : undefined })
  if (records ? !error && (level === 'warn' || level === 'error') : level !== 'debug')
    host.breadcrumb({ category: 'console', message, data: { level } })
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  } catch {
    return false
  }
}
