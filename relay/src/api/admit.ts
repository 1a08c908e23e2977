import type { RequestHandler, Response } from 'express'
import type { Decision } from '../auth/authenticate.ts'
import type { AppConfig } from '../config.ts'
import { RelayError } from '../errors.ts'

/** Two hours: the longest that Chromium keeps a preflight's answer. */
const preflightMaxAgeS = 7200

export interface AdmitDeps {
  authenticate(key: string, origin: string | undefined): Decision
  /** Told of each caller turned away, for the live page. */
  refused(refusal: { code: string; origin?: string; key?: string }): void
  stopping(): boolean
}

/** First of all handlers below a key: decides by key and origin alone and writes the CORS answer, whatever comes after. */
export function decide({ authenticate }: AdmitDeps): RequestHandler<{ key: string }> {
  return (req, res, next) => {
    const decision = authenticate(req.params.key, req.headers.origin)
    // Always: a cache must not hand one origin's answer to another one.
    res.setHeader('Vary', 'Origin')
    res.setHeader('Access-Control-Expose-Headers', 'Retry-After')
    if (decision.allowOrigin !== undefined) res.setHeader('Access-Control-Allow-Origin', decision.allowOrigin)
    res.locals.decision = decision
    next()
  }
}

/** The SDK needs no preflight, but a page may add a header of its own, and then its browser asks. */
export function preflight(): RequestHandler {
  return (req, res) => {
    const { allowOrigin } = res.locals.decision as Decision
    if (req.headers.origin !== undefined && allowOrigin === undefined) throw new RelayError('origin_not_allowed')
    res.set({
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'content-type, content-encoding',
      'Access-Control-Max-Age': String(preflightMaxAgeS),
    })
    res.status(204).end()
  }
}

/** Lets only those through who may send. After it, `admittedApp` tells the app. */
export function admit({ refused, stopping }: AdmitDeps): RequestHandler<{ key: string }> {
  return (req, res, next) => {
    const { refusal } = res.locals.decision as Decision
    if (refusal) {
      refused({ code: refusal.code, origin: req.headers.origin, key: req.params.key })
      throw refusal
    }
    if (stopping()) {
      res.set('Connection', 'close')
      throw new RelayError('shutting_down', { retryAfterS: 5 })
    }
    next()
  }
}

export function admittedApp(res: Response): AppConfig {
  return (res.locals.decision as Decision).app!
}
