import type { ErrorRequestHandler } from 'express'
import { type ErrorCode, RelayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { answerEarly } from './answerEarly.ts'

/** A RelayError becomes its status and JSON, all else a 500 that says nothing; no answer holds what the caller sent. */
export function errorHandler(log: Log, { forPages = false } = {}): ErrorRequestHandler {
  // Four parameters, though the last is unused: Express knows error handlers by their number.
  return (error, req, res, _next) => {
    const refusal = error instanceof RelayError ? error : translate(error)
    if (refusal.code === 'internal') log.error({ err: { name: error?.name, stack: error?.stack } }, 'a request failed')
    res.locals.errorCode = refusal.code
    // An address that is none has no app whose origins could be asked.
    if (forPages && res.locals.decision === undefined) res.set('Access-Control-Allow-Origin', '*')
    if (res.headersSent || res.destroyed) {
      req.socket.destroy()
      return
    }
    if (refusal.retryAfterS !== undefined) res.set('Retry-After', String(refusal.retryAfterS))
    const { code, message } = refusal
    answerEarly(req, res, refusal.status, { error: { code, message } }).catch(() => req.socket.destroy())
  }
}

/** Express and its router throw errors with a status for what they can't read, such as a broken %-escape. */
function translate(error: unknown): RelayError {
  const status = (error as { status?: unknown } | null)?.status
  const codes: Record<number, ErrorCode> = {
    400: 'bad_request',
    404: 'not_found',
    405: 'method_not_allowed',
    413: 'too_large',
    415: 'bad_request',
  }
  return new RelayError((typeof status === 'number' && codes[status]) || 'internal')
}
