import type { Beacon, Stats } from '../start.ts'
import { guard } from '../web/guard.ts'
import { type Level, levels } from '../wire.ts'
import type { Print } from './printer.ts'

export type { Stats }

/**
 * Named values that go with a record. Taken at the time of the call, and bounded: 6 levels deep, 64 keys an object,
 * 100 items an array, 8192 characters a text, 100,000 in all; what is above is cut, and says so.
 */
export type Attributes = object

/**
 * Takes a message or an Error; of any other value, such as one that was thrown, the message is its text or its JSON. An Error
 * as the message, or anywhere in `attributes`, keeps its stack and its causes. One that went into a record before is recorded
 * again only with a message or attributes beside it.
 */
export type Log = (message: unknown, attributes?: Attributes) => void

/** A record as another logger made it: with its own time, and the trace it belongs to. */
export interface LogEntry {
  /** What is no level, such as `warning`, counts as `info`, and costs one warning in the console. */
  level: Level
  /** As for `Log`. */
  message: unknown
  attributes?: Attributes | undefined
  /** When it happened, in ms since the epoch. @defaultValue now */
  timeMs?: number | undefined
  /** W3C trace context: 32 and 16 lower-case hexadecimal digits. @defaultValue as for any other record */
  traceId?: string | undefined
  spanId?: string | undefined
}

/** No method throws, and none does anything that waits: records are sent later, and survive the page where they can. */
export interface Logger {
  /** A log of this level: a message, or an Error, and attributes; so do the other five. Below `minLevel` nothing. */
  trace: Log
  debug: Log
  info: Log
  warn: Log
  /** Written to the device at once, sent before others, dropped after them. */
  error: Log
  /** Like `error`. */
  fatal: Log
  /**
   * What was thrown, an Error or not, as an exception of level `error`; nothing where this very object was recorded
   * before. For what catches errors in the page's place, such as a framework.
   * @param mechanism What caught it, such as `react`. @defaultValue `'captureError'`
   */
  captureError(thrown: unknown, attributes?: Attributes, mechanism?: string): void
  /** For bridges from other loggers: like the method of that level, and subject to `minLevel` as it is. */
  record(entry: LogEntry): void
  /** A child logger whose records all bear these attributes; those of a single call win. */
  with(attributes: Attributes): Logger
  /** Something that happened, such as `signup`. Not subject to `minLevel`. */
  event(name: string, attributes?: Attributes): void
  /** A number over time, such as `search_ms`. Not subject to `minLevel`. */
  measure(name: string, value: number, attributes?: Attributes): void
  /** Who is using the page, from now on; null for nobody. At most 4096 characters in all. */
  setUser(user: Attributes | null): void
  /** What else is true of all records from now on, such as the tenant; null for nothing. At most 4096 characters in all. */
  setContext(context: Attributes | null): void
  /**
   * From now on calls of less severe levels create no record, neither here nor in any logger made by `with`. What is no
   * level changes nothing.
   */
  setMinLevel(level: Level): void
  /**
   * Whether records may be kept and sent. `pending`: they wait in memory; `denied`: all that waits, on the device too, is
   * removed and dropped, so is what comes until it is granted, and the session is forgotten. What is not one of the three
   * counts as denied.
   */
  setConsent(consent: 'granted' | 'denied' | 'pending'): void
  /** Resolves to true once everything so far was delivered or dropped, to false where sending has failed for now. */
  flush(): Promise<boolean>
  /** Flushes, then stops for good: later calls do nothing. What could not be sent stays on the device. */
  close(): Promise<void>
  /** Where all records are: `created = delivered + sum(dropped) + pending`, at every moment. */
  stats(): Stats
}

/** Shared by a logger and its children. */
interface LoggerParts {
  beacon: Beacon
  minLevel: Level
  print: Print | undefined
  /** Prints to the console. */
  warn: (text: string) => void
}

type Origin = Parameters<Beacon['take']>[0]

export function createLogger({ minLevel, warn, ...parts }: LoggerParts): Logger {
  const gate = { minSeverity: levels.indexOf(minLevel) }
  let hasWarned = false
  return createChild({
    ...parts,
    gate,
    isLevel(level, method) {
      const isOne = levels.includes(level)
      if (!isOne && !hasWarned) warn(`${method}: the levels are ${levels.join(', ')}`)
      hasWarned ||= !isOne
      return isOne
    },
  })
}

interface ChildParts extends Pick<LoggerParts, 'beacon' | 'print'> {
  /** The least severe level that is recorded, by index: looked at in each call, so not behind a function. */
  gate: { minSeverity: number }
  /** Where it is none, that is told once. */
  isLevel(level: Level, method: keyof Logger): boolean
}

function createChild(parts: ChildParts, bound?: ReturnType<Beacon['bind']>): Logger {
  const { beacon, print, gate, isLevel } = parts
  const { take } = beacon
  const [trace, debug, info, warn, error, fatal] = levels.map(logAt) as [Log, Log, Log, Log, Log, Log]
  const eventOrigin: Origin = { kind: 'event', level: 'info', bound }
  const measurementOrigin: Origin = { kind: 'measurement', level: 'info', bound }
  return {
    trace,
    debug,
    info,
    warn,
    error,
    fatal,
    with: attributes => createChild(parts, beacon.bind(attributes, bound)),
    captureError(thrown, attributes, mechanism = 'captureError') {
      print?.('error', thrown, bound?.attributes, attributes)
      beacon.captureError(thrown, mechanism, bound ? beacon.bind(attributes, bound).attributes : attributes)
    },
    // What another logger hands over may be nothing, or have a getter that throws.
    record: guard(({ level: given, message, attributes, timeMs, traceId, spanId }) => {
      const level = isLevel(given, 'record') ? given : 'info'
      if (levels.indexOf(level) < gate.minSeverity) return
      print?.(level, message, bound?.attributes, attributes)
      const add = () => take({ kind: 'log', level, bound, trace: traceId, span: spanId }, message, attributes)
      if (Number.isFinite(timeMs)) beacon.backdate(timeMs!, add)
      else add()
    }, beacon.fail),
    event(name, attributes) {
      print?.('info', name, bound?.attributes, attributes)
      take(eventOrigin, name, attributes)
    },
    measure(name, value, attributes) {
      print?.('info', name, value, bound?.attributes, attributes)
      // JSON has no NaN and no infinity: such a value can only be told of.
      if (Number.isFinite(value)) take(measurementOrigin, name, attributes, { [name]: value })
      else take({ ...measurementOrigin, bound: beacon.bind({ invalidValue: value }, bound) }, name, attributes)
    },
    setUser: beacon.setUser,
    setContext: beacon.setContext,
    setMinLevel(level) {
      if (isLevel(level, 'setMinLevel')) gate.minSeverity = levels.indexOf(level)
    },
    setConsent: beacon.setConsent,
    flush: beacon.flush,
    close: beacon.close,
    stats: beacon.stats,
  }

  function logAt(level: Level, severity: number): Log {
    const origin: Origin = { kind: 'log', level, bound }
    return (message, attributes) => {
      if (severity < gate.minSeverity) return
      print?.(level, message, bound?.attributes, attributes)
      take(origin, message, attributes)
    }
  }
}
