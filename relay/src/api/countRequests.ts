import type { RequestHandler } from 'express'
import type { Metrics } from '../metrics.ts'

/** Counts each answer of a route by status and error code. A caller that left before its answer counts as 499. */
export function countRequests(metrics: Metrics, route: string): RequestHandler {
  return (_req, res, next) => {
    const startMs = performance.now()
    res.once('close', () => {
      const status = res.writableFinished || res.headersSent ? res.statusCode : 499
      metrics.request(route, status, (res.locals.errorCode as string | undefined) ?? '', performance.now() - startMs)
    })
    next()
  }
}
