import type { RequestHandler } from 'express'
import type { Metrics } from '../metrics.ts'

export function metricsRoute(metrics: Metrics): RequestHandler {
  return async (_req, res) => {
    res.set('Content-Type', metrics.contentType).send(await metrics.text())
  }
}
