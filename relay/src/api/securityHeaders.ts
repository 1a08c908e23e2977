import type { RequestHandler } from 'express'
import helmet, { type HelmetOptions } from 'helmet'

/** Answers to pages of other origins are JSON and scripts; nothing of ours is to be shown or framed. */
const options: HelmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'cross-origin' },
  // Whether a host is reached by TLS only is for the proxy in front to say; the others mean nothing for JSON and scripts.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
}

/** Helmet's headers. They are the same for every answer, so it is asked once and not in each of its own handlers. */
export function securityHeaders(): RequestHandler {
  const headers = new Map<string, string>()
  helmet(options)({} as never, { setHeader: headers.set.bind(headers) } as never, () => {})
  const pairs = [...headers]
  return (_req, res, next) => {
    for (const [name, value] of pairs) res.setHeader(name, value)
    next()
  }
}
