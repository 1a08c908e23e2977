import { readdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { extname } from 'node:path'
import type { NextFunction, Request, Response } from 'express'
import express from 'express'
import { type LiveEventsOptions, streamLiveEvents } from './liveEvents.ts'
import type { LiveTail } from './liveTail.ts'

/** One lane's state, as the shipper tells it. */
export interface LiveLane {
  /** `<tenant> <labels>`, see `lane.ts`. */
  lane: string
  /** `shipping`, `retrying`, `throttled` or `stopped`. */
  state: string
  /** Why it does not flow, in words for the operator. */
  reason?: string
}

/** What the page shows of the spool. */
export interface LiveSpool {
  records: number
  bytes: number
  oldestAgeMs: number
  quarantinedRecords: number
  writable: boolean
}

export interface LiveRoutesOptions extends LiveEventsOptions {
  tail: LiveTail
  version: string
  /** Host (and port) of Loki, never the whole address; absent when standalone. */
  lokiHost?: string
  spool(): Promise<LiveSpool>
  lanes(): readonly LiveLane[]
  /** Where the public port listens, once it does. */
  publicPort(): number | undefined
  /** For "paste this into your page": each app with one of its publishable keys. */
  apps(): readonly { name: string; key: string; origins: readonly string[] }[]
  /** Further host names that the page may be opened under, such as that of a reverse proxy. */
  hosts?: readonly string[]
}

/** Enough to see what is wrong; a relay may have thousands of lanes. */
const maxLanesShown = 50

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** The live page and its data, to be mounted at `/live` on the admin port. */
export function liveRoutes(options: LiveRoutesOptions): express.Router {
  const assets = readAssets(new URL('./page/', import.meta.url))
  const router = express.Router({ strict: true })
  router.use(refuseForeignHosts(options.hosts ?? []), (_req, res, next) => {
    res.set(headers)
    next()
  })
  router.get('/events', streamLiveEvents(options.tail, options))
  router.get('/status', async (_req, res) => {
    res.json(await describe(options))
  })
  router.get(/^\/[a-zA-Z.]*$/, (req, res, next) => {
    // The page's own references are relative, so its address needs the slash.
    if (req.originalUrl.split('?')[0] === req.baseUrl) return res.redirect(`${req.baseUrl.split('/').at(-1)}/`)
    const asset = assets.get(req.path === '/' ? 'index.html' : req.path.slice(1))
    if (!asset) return next()
    res.set('Content-Type', asset.type).send(asset.body)
  })
  return router
}

async function describe({ tail, version, lokiHost, spool, lanes, publicPort, apps }: LiveRoutesOptions) {
  const all = lanes()
  return {
    version,
    mode: lokiHost === undefined ? 'standalone' : 'forwarding',
    lokiHost,
    nowMs: Date.now(),
    // A page that says "the spool does not answer" helps more than a 500.
    spool: await spool().catch(() => undefined),
    lanes: all.slice(0, maxLanesShown),
    laneCount: all.length,
    counts: tail.counts(),
    refusals: tail.refusals(),
    publicPort: publicPort(),
    apps: apps(),
  }
}

/**
 * Against DNS rebinding: a hostile page whose name is made to resolve to this address is of the same origin as the
 * live page and could read it. Such a name has a dot; an address, `localhost` or a name inside a private network has none.
 * https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/DNS_rebinding
 */
function refuseForeignHosts(hosts: readonly string[]) {
  return (req: Request, res: Response, next: NextFunction) => {
    const host = (req.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) || !host.includes('.') || host.endsWith('.localhost') || hosts.includes(host)) return next()
    res
      .status(403)
      .type('text/plain')
      .send('The live page opens under an IP address, localhost or a host name without a dot only.\n')
  }
}

function readAssets(directory: URL): Map<string, { type: string; body: Buffer }> {
  const assets = new Map<string, { type: string; body: Buffer }>()
  for (const name of readdirSync(directory)) {
    const type = contentTypes[extname(name)]
    if (type) assets.set(name, { type, body: readFileSync(new URL(name, directory)) })
  }
  return assets
}
