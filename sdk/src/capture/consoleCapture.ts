import type { ConsoleLevel } from '../captureOptions.ts'
import type { Plugin, PluginHost } from '../plugin.ts'
import { type Call, patchMethod } from '../web/patchMethod.ts'
import type { Level } from '../wire.ts'
import { formatConsole } from './formatConsole.ts'

const levelOf: Record<ConsoleLevel, Level> = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' }

/** What the page's scripts print, as records; warnings and errors as breadcrumbs too. */
export const consoleCapture: Plugin<{ levels: ConsoleLevel[] }> = {
  name: 'console',
  enabled: false,
  options: { levels: ['debug', 'log', 'info', 'warn', 'error'] },
  start(host, { levels }) {
    // What a getter prints while we read it is of our making, whichever method it takes.
    let isBusy = false
    const stops = levels
      .filter(name => name in levelOf)
      .map(name => {
        const after = host.guard((call: Call) => {
          if (isBusy || host.isInHook()) return
          isBusy = true
          try {
            tell(call.args, levelOf[name], host)
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

function tell(args: unknown[], level: Level, host: PluginHost): void {
  if (args.length === 0) return
  // Frameworks print what was thrown, before or after it reaches us in another way.
  if (args.some(host.isKnown)) return
  const message = formatConsole(args, host.describe)
  const error = args.find(isError)
  host.record({ kind: 'log', level, message, mechanism: 'console', attributes: error ? { error } : undefined })
  if (!error && (level === 'warn' || level === 'error'))
    host.breadcrumb({ category: 'console', message, data: { level } })
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  } catch {
    return false
  }
}
