import express, { type Express, type RequestHandler, type Router } from 'express'
import { type AdmitDeps, admit, decide, preflight } from './api/admit.ts'
import { countRequests } from './api/countRequests.ts'
import { errorHandler } from './api/errorHandler.ts'
import { healthz, type ReadyDeps, ready } from './api/health.ts'
import { type IngestDeps, ingest } from './api/ingest.ts'
import { type LimitClientsDeps, limitClients } from './api/limitClients.ts'
import { metricsRoute } from './api/metricsRoute.ts'
import { refusePages } from './api/refusePages.ts'
import { securityHeaders } from './api/securityHeaders.ts'
import { type TokenRouteDeps, tokenRoute } from './api/tokenRoute.ts'
import { RelayError } from './errors.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export interface AppDeps extends AdmitDeps, Omit<LimitClientsDeps, 'limits'>, IngestDeps {
  limits: LimitClientsDeps['limits'] & IngestDeps['limits']
  sdk: Router
  metrics: Metrics
  log: Log
  trustProxy: number | string[]
}

/** The public port. A request meets these in the order they stand here; its body is read in `ingest`, and nowhere before. */
export function createApp(deps: AppDeps): Express {
  const app = bareApp()
  app.set('trust proxy', deps.trustProxy)
  app.use(securityHeaders())

  app
    .route('/v1/i/:key')
    .all(countRequests(deps.metrics, 'ingest'), decide(deps))
    .options(preflight())
    .post(admit(deps), limitClients(deps), ingest(deps))
    .all(refuseMethod('POST, OPTIONS'))

  app.use('/sdk', countRequests(deps.metrics, 'sdk'), deps.sdk)
  app.get('/healthz', healthz())

  app.use(notFound)
  app.use(errorHandler(deps.log, { forPages: true }))
  return app
}

export interface AdminDeps extends ReadyDeps, TokenRouteDeps {
  metrics: Metrics
  live: Router
  operator: Router
  log: Log
}

/** The admin port: no login, so it listens on the machine itself unless configured otherwise. */
export function createAdminApp({ metrics, live, operator, log, mintToken, ...readyDeps }: AdminDeps): Express {
  const app = bareApp()
  app.use(securityHeaders())
  app.get('/', (_req, res) => res.redirect('live/'))
  app.get('/metrics', metricsRoute(metrics))
  app.get('/ready', ready(readyDeps))
  app.get('/healthz', healthz())
  app.route('/v1/token').all(countRequests(metrics, 'token')).post(tokenRoute({ mintToken })).all(refuseMethod('POST'))
  app.use('/live', live)
  app.use('/operator', refusePages('this is for commands, not for pages'), operator)
  app.use(notFound)
  app.use(errorHandler(log))
  return app
}

function bareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  return app
}

function refuseMethod(allowed: string): RequestHandler {
  return (_req, res) => {
    res.set('Allow', allowed)
    throw new RelayError('method_not_allowed')
  }
}

function notFound(): never {
  throw new RelayError('not_found')
}
