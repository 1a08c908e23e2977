import type { Level, Logger } from '../core.ts'

/** The part of `loglevel`, or of one of its loggers, that is used here. */
export interface LoglevelLogger {
  // biome-ignore lint/suspicious/noExplicitAny: as loglevel has it
  methodFactory: (method: any, level: any, name: any) => (...args: any[]) => void
  rebuild(): void
}

/** What pino's `browser.transmit` is made of. */
export interface PinoTransmit {
  send(level: string, event: PinoEvent): void
}

export interface PinoEvent {
  ts: number
  messages: readonly unknown[]
  bindings: readonly object[]
}

/** A logger's arguments, sorted. */
export interface SortedArguments {
  message: string | Error
  attributes?: object
}

const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** Forwards what loglevel's methods print from now on, beside printing it. Returns what ends that. */
export function forwardLoglevel(logger: LoglevelLogger, log: Logger): () => void {
  const { methodFactory } = logger
  logger.methodFactory = (method, level, name) => {
    const print = methodFactory(method, level, name)
    return (...args) => {
      print(...args)
      log[method as Exclude<Level, 'fatal'>](...toCall(sortArguments(args)))
    }
  }
  logger.rebuild()
  return () => {
    logger.methodFactory = methodFactory
    logger.rebuild()
  }
}

/** `pino({ browser: { transmit: pinoTransmit(log) } })`. Times and child bindings are pino's. */
export function pinoTransmit(log: Logger): PinoTransmit {
  return {
    send(level, { ts, messages, bindings }) {
      const { message, attributes } = sortArguments(messages.map(reviveError))
      log.record({
        level: (levels.includes(level) ? level : 'info') as Level,
        message,
        attributes: Object.assign({}, ...bindings, attributes),
        timeMs: ts,
      })
    },
  }
}

/** The arguments of any `console`-like method: the first text, or Error, is the message; objects are attributes. */
export function sortArguments(args: readonly unknown[]): SortedArguments {
  const text = args.find(arg => typeof arg === 'string')
  const error = args.find(arg => arg instanceof Error)
  const message = text ?? error ?? ''
  const objects = args.filter(arg => isPlain(arg))
  const others = args.filter(arg => arg !== message && arg !== error && !isPlain(arg))
  const attributes: object = Object.assign({}, ...objects)
  if (error && error !== message) Object.assign(attributes, { error })
  if (others.length > 0) Object.assign(attributes, { args: others })
  return { message, attributes }
}

function toCall({ message, attributes }: SortedArguments): [message: string | Error, attributes?: object] {
  return [message, attributes]
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** pino hands over an Error as `{ type, msg, stack }`. */
function reviveError(value: unknown): unknown {
  const { type, msg, stack, ...rest } = (isPlain(value) ? value : {}) as Record<string, unknown>
  if (typeof type !== 'string' || typeof msg !== 'string' || typeof stack !== 'string') return value
  return Object.assign(Object.create(Error.prototype), rest, { name: type, message: msg, stack })
}
