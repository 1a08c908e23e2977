import type { Config } from '../config.ts'
import type { ConsoleMethod, NativeMethods } from '../web/nativeMethods.ts'
import type { Level } from '../wire.ts'

/** `console.trace` would add a stack, and there is no `console.fatal`. */
const methods: Record<Level, ConsoleMethod> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
}

export type Print = (level: Level, message: unknown, ...values: unknown[]) => void

/** Prints calls as they were made, so that the console can unfold objects and link stacks. */
export function createPrinter(native: Pick<NativeMethods, 'console'>, config: Config): Print {
  const prefix = `[${config.app ?? 'loki-beacon'}]`
  // A page may hand what is printed to the logger, which prints it.
  let isPrinting = false
  return (level, message, ...values) => {
    if (isPrinting || !config.consoleLevels.includes(level)) return
    isPrinting = true
    const line = typeof message === 'string' ? [`${prefix} ${message}`] : [prefix, message]
    try {
      native.console[methods[level]](...line, ...values.filter(value => value !== undefined && value !== null))
    } catch {
      // The console may be patched, and its fault is not the page's.
    }
    isPrinting = false
  }
}
