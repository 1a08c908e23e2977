import type { RequestHandler } from 'express'
import { RelayError } from '../errors.ts'

/**
 * A browser on the machine can be led here by any page, also under a name made to resolve to this address. It always
 * says so in a POST; a program never does. https://fetch.spec.whatwg.org/#origin-header
 */
export function refusePages(detail: string): RequestHandler {
  return (req, _res, next) => {
    if (req.headers.origin !== undefined) throw new RelayError('origin_not_allowed', { detail })
    next()
  }
}
