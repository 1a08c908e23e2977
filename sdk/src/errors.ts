/** Everything that `onError` can report; the codes are stable. */
export type BeaconErrorCode =
  | 'invalid_option'
  | 'unknown_key'
  | 'origin_not_allowed'
  | 'token_rejected'
  | 'invalid_batch'
  | 'network_error'
  | 'relay_error'
  | 'storage_unavailable'
  | 'internal_error'

export class BeaconError extends Error {
  override name = 'BeaconError'
  readonly code: BeaconErrorCode
  constructor(code: BeaconErrorCode, message: string, options?: { cause: unknown }) {
    super(message)
    // `Error` itself takes a cause since Chrome 93, Firefox 91 and Safari 15 only.
    Object.assign(this, options)
    this.code = code
  }
}
