import type { RequestHandler } from 'express'
import type { ClientLimits } from '../auth/clientLimits.ts'
import type { Log } from '../log.ts'
import { admittedApp } from './admit.ts'
import { type LimitedDeps, refuseLimited } from './refuseLimited.ts'

export interface LimitClientsDeps extends LimitedDeps {
  clients: ClientLimits
  /** A longer body is not read, whatever it announces. */
  limits: { maxBodyBytes: number }
  log: Log
}

/** Holds an address to its limits before a byte of the body is read. Behind a proxy that is not trusted it is the proxy's. */
export function limitClients(deps: LimitClientsDeps): RequestHandler<{ key: string }> {
  const { clients, limits, log } = deps
  let warned = false
  return (req, res, next) => {
    const app = admittedApp(res)
    const { ip } = req
    const length = req.headers['content-length']
    const refusal = clients.enter(app, ip, Math.min(Number(length ?? 0), limits.maxBodyBytes))
    if (refusal) throw refuseLimited(deps, req, app.name, refusal)
    if (length === undefined) countBytes()
    if (!warned && isUnknownProxy()) {
      warned = true
      log.warn(
        'a proxy sends X-Forwarded-For that is not believed, so limits per client do not apply to what comes through it: set trustProxy',
      )
    }
    next()

    function countBytes(): void {
      let bytes = 0
      // Its data flows only after this turn, when the next handler listens as well.
      req.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      res.once('close', () => clients.addBytes(app, ip, bytes))
    }

    function isUnknownProxy(): boolean {
      return req.headers['x-forwarded-for'] !== undefined && ip === req.socket.remoteAddress && clients.isExempt(ip)
    }
  }
}
