import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

export type Log = Logger

/**
 * The relay's own log: JSON lines of ids, counts and lengths. What a page sent, and secrets, are never handed to it;
 * the paths below are the second fence, for objects that carry credentials by their nature.
 */
export function createLog(level: string, to: DestinationStream = pino.destination(1)): Log {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ level: label }) },
    redact: {
      paths: [
        'token',
        'username',
        'password',
        'authorization',
        '*.token',
        '*.username',
        '*.password',
        '*.authorization',
        '*.headers',
      ],
      censor: '[redacted]',
    },
  }
  return pino(options, to)
}
