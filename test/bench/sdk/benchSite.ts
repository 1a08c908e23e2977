import type { RequestListener } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { servePages } from '../../support/pageServer.ts'
import type { Contender } from './contenders.ts'

/** An origin of its own for one sample: no storage, no cache, no count of an earlier one. */
export interface BenchSite {
  origin: string
  /** Each record that came, by the number it was logged with. */
  arrived: ReadonlySet<unknown>
  /** Requests of the SDK, of whatever kind. */
  posts(): number
  /** On the clock of `performance.now()`. */
  lastPostMs(): number
  close(): Promise<void>
}

const html = `<!doctype html><title>bench</title><script>
let target, source
function burst(calls) {
  const log = target
  const start = performance.now()
  for (let i = 0; i < calls; i++) log.info('checkout clicked', { cart: i, sku: 'A-1', total: 12.5, member: true })
  return performance.now() - start
}
</script>`

/** Serves the page, and takes every record with success; or, with the relay down, cuts each connection. */
export async function serveBench({ protocol }: Contender, isDown = false): Promise<BenchSite> {
  const arrived = new Set<unknown>()
  let posts = 0
  let lastPostMs = 0
  const answer: RequestListener = (request, response) => {
    const path = request.url ?? '/'
    // Cross-origin isolation makes the page's clock 20 times finer: https://developer.chrome.com/blog/cross-origin-isolated-hr-timers
    const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
    if (path === '/') return void response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(html)
    if (path === '/favicon.ico') return void response.writeHead(204).end()
    posts++
    lastPostMs = performance.now()
    if (isDown) return void request.socket.destroy()
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const carts = protocol.isLogs(path) ? protocol.cartsIn(inflate(Buffer.concat(chunks))) : []
      // What an SDK logs of itself has none.
      for (const cart of carts) if (Number.isInteger(cart)) arrived.add(cart)
      const { status, body } = protocol.answer(carts.length)
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  }
  const { origin, close } = await servePages(answer)
  return { origin, arrived, posts: () => posts, lastPostMs: () => lastPostMs, close }
}

/** Recognised by its magic bytes: a beacon can't set a header. */
function inflate(body: Buffer): string {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  return (isGzip ? gunzipSync(body) : body).toString()
}
