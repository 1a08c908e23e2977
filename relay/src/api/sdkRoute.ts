import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import express from 'express'
import { RelayError } from '../errors.ts'

export interface SdkRouteOptions {
  /** Where the build has put the SDK's script-tag files. */
  directory: URL
  version: string
  /** A page has asked for the script. */
  onScript?(): void
}

interface SdkFile {
  name: string
  type: string
  body: Buffer
  encodings: Record<string, Buffer | undefined>
  etag: string
  /** https://www.w3.org/TR/sri-2/ */
  integrity: string
}

const files = {
  'loki-beacon.js': 'text/javascript',
  'loki-beacon-loader.js': 'text/javascript',
  'loki-beacon.js.map': 'application/json',
}
const immutable = 'public, max-age=31536000, immutable'
/** Pages get a new release within five minutes, and wait for nothing while their browser asks for it. */
const alias = 'public, max-age=300, stale-while-revalidate=86400'

/**
 * The SDK for a script tag: `/<version>/` never changes, so it can be pinned by its integrity; `/v1/` follows the
 * releases that speak wire version 1. For every origin, as any script is.
 */
export function sdkRoute({ directory, version, onScript }: SdkRouteOptions): express.Router {
  const loaded = new Map(Object.entries(files).flatMap(([name, type]) => loadFile(directory, name, type)))
  const router = express.Router()
  router.use((req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new RelayError('method_not_allowed')
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Timing-Allow-Origin': '*',
    })
    next()
  })
  router.get('/', (_req, res) => {
    const listed = [...loaded.values()].map(({ name, body, integrity }) => ({
      name,
      path: `/sdk/${version}/${name}`,
      alias: `/sdk/v1/${name}`,
      bytes: body.length,
      integrity,
    }))
    res.set('Cache-Control', 'no-cache').json({ version, files: listed })
  })
  router.get(['/:name', '/:version/:name'], (req, res) => {
    const { name = '', version: asked = 'v1' } = req.params as Record<string, string | undefined>
    const file = loaded.get(name)
    if (!file || (asked !== version && asked !== 'v1'))
      throw new RelayError('not_found', { detail: `this relay serves version ${version} and v1` })
    const encoding = req.acceptsEncodings(['br', 'gzip', 'identity']) || 'identity'
    const body = file.encodings[encoding] ?? file.body
    res.vary('Accept-Encoding')
    res.set({
      'Content-Type': `${file.type}; charset=utf-8`,
      'Cache-Control': asked === version ? immutable : alias,
      ETag: `"${file.etag}-${encoding}"`,
    })
    if (file.name === 'loki-beacon.js') {
      res.set('SourceMap', `${file.name}.map`)
      onScript?.()
    }
    if (body !== file.body) res.set('Content-Encoding', encoding)
    res.send(body)
  })
  return router
}

/** Nothing where the file is missing, as it is when the relay runs from its source without a build. */
function loadFile(directory: URL, name: string, type: string): [string, SdkFile][] {
  let body: Buffer
  try {
    body = readFileSync(new URL(name, directory))
  } catch {
    return []
  }
  const digest = createHash('sha384').update(body).digest('base64')
  // The source map is for developers only, and large: compressing it would hold up the start by half a second.
  const encodings = name.endsWith('.map') ? {} : { br: brotliCompressSync(body), gzip: gzipSync(body, { level: 9 }) }
  return [[name, { name, type, body, encodings, etag: digest.slice(0, 32), integrity: `sha384-${digest}` }]]
}
