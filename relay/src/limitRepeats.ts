import type { Log } from './log.ts'

/** A message with the same fields comes once in this time. */
const windowMs = 60_000
/** Of one message with different fields, such as one for each lane, so many come in that time. */
const maxVariants = 20
/** Long enough to tell two lanes or two faults apart. */
const variantChars = 500

type Level = 'info' | 'warn' | 'error'
type Fields = Record<string, unknown>

interface Window {
  variants: Set<string>
  heldBack: number
  last: Fields
  timer: NodeJS.Timeout
}

export interface LimitedLog {
  /** For what requests and Loki can cause any number of times. `debug` and `fatal` always come. */
  log: Log
  /** Tells what is still held back. */
  flush(): void
}

/**
 * Keeps a fault that repeats itself from filling the log: what is held back is told at the end of the minute, as the
 * latest of its kind with their number as `heldBack`.
 */
export function limitRepeats(to: Log): LimitedLog {
  const windows = new Map<string, Window>()
  // The log's own prototype chain is how pino makes children; the level stays that of the log itself.
  const log: Log = Object.create(to, {
    info: { value: limited('info') },
    warn: { value: limited('warn') },
    error: { value: limited('error') },
  })
  return {
    log,
    flush() {
      for (const [message, window] of windows) end(message, window)
    },
  }

  function limited(level: Level) {
    return (...args: [Fields, string] | [string]) => {
      const [fields, message] = args.length === 1 ? [{}, args[0]] : args
      if (!to.isLevelEnabled(level)) return
      const key = `${level} ${message}`
      const variant = describe(fields)
      const window = windows.get(key)
      if (!window) open(key, variant)
      else if (window.variants.has(variant) || window.variants.size >= maxVariants) {
        window.heldBack++
        window.last = fields
        return
      } else window.variants.add(variant)
      to[level](fields, message)
    }
  }

  function open(key: string, variant: string): void {
    const timer = setTimeout(() => end(key, window), windowMs)
    timer.unref()
    const window: Window = { variants: new Set([variant]), heldBack: 0, last: {}, timer }
    windows.set(key, window)
  }

  function end(key: string, { heldBack, last, timer }: Window): void {
    clearTimeout(timer)
    windows.delete(key)
    if (heldBack === 0) return
    const [level, message] = [key.slice(0, key.indexOf(' ')) as Level, key.slice(key.indexOf(' ') + 1)]
    to[level]({ ...last, heldBack }, message)
    open(key, describe(last))
  }
}

/** An error has no enumerable fields, and may lead in circles. */
function describe(fields: Fields): string {
  const words = JSON.stringify(fields, (_key, value) => (value instanceof Error ? value.message : value))
  return words.slice(0, variantChars)
}
