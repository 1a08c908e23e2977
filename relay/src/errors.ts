/** Every refusal of the relay: HTTP status and the words of the answer. The codes are part of the wire protocol. */
export const errorTable = {
  bad_request: { status: 400, message: 'The request could not be understood.' },
  invalid_batch: { status: 400, message: 'The body is not a batch: see the protocol description, version 1.' },
  unknown_key: { status: 401, message: "This key belongs to no app of the relay's configuration." },
  token_required: { status: 401, message: 'This app takes a batch only with a token: see getToken of the SDK.' },
  token_invalid: { status: 401, message: 'The token is not valid: send the batch again with a new one.' },
  origin_not_allowed: { status: 403, message: "This origin is not in the app's list of origins." },
  unknown_app: { status: 404, message: "No app of the relay's configuration has this name." },
  not_found: { status: 404, message: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, message: 'This address does not take this method.' },
  token_not_configured: { status: 409, message: 'The relay has no secret to sign a token of this app with.' },
  too_large: { status: 413, message: 'The batch is too large: split it and send the parts.' },
  rate_limited: { status: 429, message: 'Over a limit: keep the records and send them later.' },
  internal: { status: 500, message: 'The relay failed at this request. It is in its log.' },
  spool_full: { status: 503, message: "The relay's spool is full: keep the records and send them later." },
  overloaded: { status: 503, message: 'Too many bodies are in progress: keep the records and send them later.' },
  shutting_down: { status: 503, message: 'The relay is being stopped: keep the records and send them later.' },
} as const satisfies Record<string, { status: number; message: string }>

export type ErrorCode = keyof typeof errorTable

/** Every 429 and 503 names a pause; this one where there is no better reason for another. */
const defaultRetryAfterS = 5

export class RelayError extends Error {
  override name = 'RelayError'
  readonly code: ErrorCode
  readonly status: number
  /** Sent as `Retry-After`, in seconds. */
  readonly retryAfterS: number | undefined

  /** `detail` is shown to the caller: our own words only, never what the caller sent. */
  constructor(code: ErrorCode, options: { detail?: string; retryAfterS?: number } = {}) {
    const { status, message } = errorTable[code]
    super(options.detail ? `${message} (${options.detail})` : message)
    this.code = code
    this.status = status
    this.retryAfterS = options.retryAfterS ?? (status === 503 || status === 429 ? defaultRetryAfterS : undefined)
  }
}
