import type { RequestListener } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { servePages } from '../../support/pageServer.ts'
import type { Contender } from './contenders.ts'

/** An origin of its own for one sample: no storage, no cache, no count of an earlier one. */
export interface BenchSite {
  origin: string
  /** What goes wrong with each request from now on. */
  fault: SiteFault | undefined
  /** How often each record was taken, by the number it was logged with. */
  arrived: ReadonlyMap<number, number>
  /** Requests of the SDK, of whatever kind. */
  posts(): number
  /** On the clock of `performance.now()`. */
  lastPostMs(): number
  close(): Promise<void>
}

/** Cuts the connection; answers 503, or 429 with a `Retry-After` of 5 s; takes the records, and cuts the connection then. */
export type SiteFault = 'cut' | 'overloaded' | 'limited' | 'answer lost'

const html = `<!doctype html><title>bench</title><script>
let target, source
function burst(calls) {
  const log = target
  const start = performance.now()
  for (let i = 0; i < calls; i++) log.info('checkout clicked', { cart: i, sku: 'A-1', total: 12.5, member: true })
  return performance.now() - start
}
function logPaced(calls, everyMs) {
  let i = 0
  return new Promise(resolve => {
    const timer = setInterval(() => {
      target.info('checkout clicked', { cart: i, sku: 'A-1', total: 12.5, member: true })
      if (++i < calls) return
      clearInterval(timer)
      resolve()
    }, everyMs)
  })
}
</script>`

/** Serves the page, and takes every record with success, as long as it is given no fault. */
export async function serveBench({ protocol }: Contender): Promise<BenchSite> {
  const arrived = new Map<number, number>()
  /** Of the protocols, ours alone names its records, so that a server knows what it has. */
  const known = new Set<string>()
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
    if (site.fault === 'cut') return void request.socket.destroy()
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const body = inflate(Buffer.concat(chunks))
      const records = protocol.isLogs(path) ? protocol.recordsIn(body) : []
      const refusal = records.length ? refusals[site.fault ?? ''] : undefined
      if (refusal) return void response.writeHead(refusal.status, refusal.headers).end('{}')
      for (const { cart, id } of records) {
        // What an SDK logs of itself has no cart.
        if (!Number.isInteger(cart) || (id && known.has(id))) continue
        if (id) known.add(id)
        arrived.set(Number(cart), (arrived.get(Number(cart)) ?? 0) + 1)
      }
      if (records.length && site.fault === 'answer lost') return void request.socket.destroy()
      const { status, body: answered } = protocol.answer(records.length)
      response.writeHead(status, { 'content-type': 'application/json' }).end(answered)
    })
  }
  const { origin, close } = await servePages(answer)
  const site: BenchSite = {
    origin,
    fault: undefined,
    arrived,
    posts: () => posts,
    lastPostMs: () => lastPostMs,
    close,
  }
  return site
}

const refusals: Partial<Record<string, { status: number; headers: Record<string, string> }>> = {
  overloaded: { status: 503, headers: {} },
  limited: { status: 429, headers: { 'retry-after': '5' } },
}

/** Recognised by its magic bytes: a beacon can't set a header. */
function inflate(body: Buffer): string {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  return (isGzip ? gunzipSync(body) : body).toString()
}
