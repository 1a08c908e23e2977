import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { extname } from 'node:path'

export interface PageServer {
  /** Such as `http://127.0.0.1:41234`. */
  origin: string
  /** Paths asked for, in order. */
  requests: string[]
  close(): Promise<void>
}

const contentTypes: Record<string, string> = {
  '': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
}

/** A page with headers of its own. */
export interface ServedPage {
  body: string
  headers: Record<string, string>
}

type Pages = Record<string, string | Buffer | ServedPage>

/** Serves pages by path (`{ '/': '<!doctype html>...' }`), or whatever the handler answers. */
export async function servePages(pages: Pages | RequestListener): Promise<PageServer> {
  const answer = typeof pages === 'function' ? pages : fromTable(pages)
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(pathOf(request))
    answer(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP address')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

function fromTable(pages: Pages): RequestListener {
  return (request, response) => {
    const path = pathOf(request)
    if (!Object.hasOwn(pages, path)) return void response.writeHead(404).end()
    const page = pages[path]!
    const { body, headers } = typeof page === 'string' || Buffer.isBuffer(page) ? { body: page, headers: {} } : page
    response.writeHead(200, {
      'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
      ...headers,
    })
    response.end(body)
  }
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://pages').pathname
}
