import type { Request } from 'express'
import type { AppConfig } from '../config.ts'
import { RelayError } from '../errors.ts'

export interface AdmitTokenDeps {
  /** Rejects with the refusal where the app wants a token and this is none. */
  checkToken(app: AppConfig, token: unknown, nowMs: number): Promise<void>
  /** Told of each caller turned away, for the live page. */
  refused(refusal: { code: string; origin?: string; key?: string }): void
  nowMs(): number
}

/** The last question of admission, to be asked once the body's first line has told the token. */
export function admitToken(
  { checkToken, refused, nowMs }: AdmitTokenDeps,
  app: AppConfig,
  req: Request,
): ((token: unknown) => Promise<void>) | undefined {
  if (!app.token) return undefined
  return async token => {
    try {
      await checkToken(app, token, nowMs())
    } catch (error) {
      if (error instanceof RelayError)
        refused({ code: error.code, origin: req.headers.origin, key: String(req.params.key) })
      throw error
    }
  }
}
