import express, { type RequestHandler } from 'express'
import { z } from 'zod'
import { RelayError } from '../errors.ts'
import { refusePages } from './refusePages.ts'

export interface TokenRouteDeps {
  mintToken(request: {
    app: string
    subject?: string
    expiresInS?: number
  }): Promise<{ token: string; expiresAtMs: number }>
}

const maxBodyBytes = 4096
const tokenRequest = z.strictObject({
  app: z.string().min(1).max(100),
  subject: z.string().min(1).max(200).optional(),
  expiresInS: z.int().min(1).max(900).optional(),
})
const detail =
  'it takes JSON with Content-Type: application/json: {"app":"...","subject":"...","expiresInS":900}, ' +
  'the last two as you like, with 200 characters and 900 s at most'

/** For backends, on the admin port: whoever reaches it may have a token for each app. */
export function tokenRoute({ mintToken }: TokenRouteDeps): RequestHandler[] {
  return [
    refusePages('tokens are for backends: no page may ask for one here'),
    express.json({ limit: maxBodyBytes, inflate: false }),
    async (req, res) => {
      const parsed = tokenRequest.safeParse(req.body)
      if (!parsed.success) throw new RelayError('bad_request', { detail })
      res.set('Cache-Control', 'no-store').json(await mintToken(parsed.data))
    },
  ]
}
