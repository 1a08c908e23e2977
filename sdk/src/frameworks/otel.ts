import type { Level, Logger } from '../core.ts'

/** The part of OpenTelemetry's `ReadableLogRecord` that is used here: so it fits whatever version. */
export interface OtelLogRecord {
  readonly hrTime: readonly [seconds: number, nanoseconds: number]
  readonly severityNumber?: number | undefined
  readonly body?: unknown
  readonly eventName?: string | undefined
  readonly attributes: object
  readonly spanContext?: { traceId: string; spanId: string } | undefined
  readonly instrumentationScope?: { readonly name: string } | undefined
}

/** OpenTelemetry's `LogRecordExporter`, without its import. */
export interface OtelExporter {
  export(records: OtelLogRecord[], done: (result: { code: number; error?: Error }) => void): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber: four numbers a level, from 1. */
const levels: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

const success = { code: 0 }

/**
 * A `LogRecordExporter` that hands all to a logger, with their times and traces. A record counts as exported once the
 * logger has it: from there on it is kept, sent and counted like any other. So a `SimpleLogRecordProcessor` in front is
 * enough. `shutdown` flushes; the logger is not closed, since others use it.
 */
export function createOtelExporter(log: Logger): OtelExporter {
  const flush = async () => void (await log.flush())
  return {
    export(records, done) {
      for (const record of records) forward(record, log)
      done(success)
    },
    forceFlush: flush,
    shutdown: flush,
  }
}

function forward(record: OtelLogRecord, log: Logger): void {
  const { hrTime, severityNumber, body, eventName, spanContext, instrumentationScope } = record
  const { error, rest } = takeError(record.attributes)
  const isText = typeof body === 'string'
  log.record({
    level: levels[((severityNumber || 9) - 1) >> 2] ?? 'info',
    message: (isText ? body : undefined) ?? eventName ?? error?.message ?? 'log',
    attributes: { ...rest, error, body: isText ? undefined : body, eventName, scope: instrumentationScope?.name },
    timeMs: hrTime[0] * 1e3 + hrTime[1] / 1e6,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
  })
}

/** https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/ */
function takeError(attributes: object): { error?: Error; rest: object } {
  const {
    'exception.type': name,
    'exception.message': message = '',
    'exception.stacktrace': stack,
    ...rest
  } = attributes as Record<string, unknown>
  if (name === undefined && message === '') return { rest }
  return { error: Object.assign(Object.create(Error.prototype), { name: name ?? 'Error', message, stack }), rest }
}
