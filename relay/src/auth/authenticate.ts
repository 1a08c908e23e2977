import type { AppConfig } from '../config.ts'
import { RelayError } from '../errors.ts'
import { createAppKeys } from './appKeys.ts'
import { createOriginCheck } from './origins.ts'

export interface Decision {
  /** Present if the caller may send. */
  app?: AppConfig
  /** Present if it may not. */
  refusal?: RelayError
  /** The value of `Access-Control-Allow-Origin`: also with a refusal, so that the page can read why. */
  allowOrigin?: string
}

/** App key, then origin. Looks at nothing but these two, so it can decide before a byte of the body is read. */
export function createAuthenticate(apps: readonly AppConfig[]): (key: string, origin: string | undefined) => Decision {
  const findApp = createAppKeys(apps)
  const checks = new Map(apps.map(app => [app, createOriginCheck(app.origins)]))
  const anyApp = createOriginCheck(apps.flatMap(app => app.origins))
  return (key, origin) => {
    const app = findApp(key)
    if (!app) return { refusal: new RelayError('unknown_key'), allowOrigin: anyApp(origin) ? origin : undefined }
    if (!checks.get(app)!(origin)) return { refusal: new RelayError('origin_not_allowed') }
    return { app, allowOrigin: origin }
  }
}
