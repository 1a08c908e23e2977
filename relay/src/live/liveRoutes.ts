import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import express from 'express'
import { admitViewer } from './admitViewer.ts'
import { type LiveEventsOptions, streamLiveEvents } from './liveEvents.ts'
import { describeStatus, type LiveStatusOptions } from './liveStatus.ts'

export interface LiveRoutesOptions extends LiveEventsOptions, LiveStatusOptions {
  /** Who has it may see the page, from anywhere; without one it is for this machine alone. */
  token?: string
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    // Text of strangers can't become markup, even by a mistake of ours.
    "require-trusted-types-for 'script'; trusted-types 'none'",
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
  router.use(admitViewer(options.token), (_req, res, next) => {
    res.set(headers)
    next()
  })
  router.get('/events', streamLiveEvents(options.tail, options))
  router.get('/status', async (_req, res) => {
    res.json(await describeStatus(options))
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

function readAssets(directory: URL): Map<string, { type: string; body: Buffer }> {
  const assets = new Map<string, { type: string; body: Buffer }>()
  for (const name of readdirSync(directory)) {
    const type = contentTypes[extname(name)]
    if (type) assets.set(name, { type, body: readFileSync(new URL(name, directory)) })
  }
  return assets
}
