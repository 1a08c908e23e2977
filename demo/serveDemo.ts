import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname } from 'node:path'

/** How late a picture below `/slow/` comes. */
const slowMs = 3000

export interface DemoAddresses {
  /** Its origin, or its path on the shop's own. */
  relayUrl: string
  liveUrl: string
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
}

/** The shop's pages as a plain web server. `addresses` are known only once the relay runs. */
export function serveDemo(addresses: () => DemoAddresses): Server {
  const files = listFiles()
  return createServer(async (request, response) => {
    const asked = (request.url ?? '/').split('?')[0]!
    const path = asked.replace(/^\/slow(?=\/\w+\.svg$)/, '')
    if (path !== asked) await new Promise(resolve => setTimeout(resolve, slowMs))
    const file = files.get(path === '/' ? '/index.html' : path)
    if (!file || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(file ? 405 : 404, { 'Content-Type': 'text/plain' }).end('There is no such page in the demo.\n')
      return
    }
    // Read anew each time, so that an edited page shows on reload.
    const body = await readFile(file).catch(() => undefined)
    if (!body) return void response.writeHead(404).end()
    const { relayUrl, liveUrl } = addresses()
    response.writeHead(200, {
      'Content-Type': contentTypes[extname(path)] ?? contentTypes['.html'],
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': policyFor(relayUrl),
    })
    const isPage = file.pathname.endsWith('.html')
    response.end(isPage ? `${body}`.replaceAll('%RELAY_URL%', relayUrl).replaceAll('%LIVE_URL%', liveUrl) : body)
  })
}

/** As strict as a page can be: the SDK needs its script and its relay, and nothing else. */
function policyFor(relayUrl: string): string {
  // Behind the shop's own server it is a path.
  const relay = relayUrl.startsWith('/') ? "'self'" : relayUrl
  return [
    "default-src 'none'",
    `script-src 'self' ${relay}`,
    `connect-src ${relay}`,
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The shop's own, for its worker and the scripts that it adds; the SDK needs none.
    'trusted-types lampworks',
  ].join('; ')
}

/** All that can be asked for: a request is looked up here and never becomes a file name. */
function listFiles(): Map<string, URL> {
  const files = new Map<string, URL>()
  for (const folder of ['', 'dist/', 'lamps/'])
    for (const name of list(new URL(`./${folder}`, import.meta.url)))
      if (contentTypes[extname(name)]) files.set(`/${folder}${name}`, new URL(`./${folder}${name}`, import.meta.url))
  return files
}

function list(folder: URL): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
