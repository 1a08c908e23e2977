import type { IncomingMessage, ServerResponse } from 'node:http'
import { type PageServer, servePages } from '../support/pageServer.ts'

/** A request as it arrived. */
export interface Arrival {
  method: string
  path: string
  traceparent: string | undefined
}

export interface ApiServer extends PageServer {
  arrivals: Arrival[]
  /** Those that are no preflight. */
  calls(): Arrival[]
}

/** How long `/slow` takes, in ms. */
export const slowAnswerMs = 400

/**
 * What a shop's scripts call, on an origin of its own: `/status/503` answers so, `/slow` takes its time, `/hang` never
 * answers, `/reset` cuts the connection, `/private` allows no other origin, `/strict` no `traceparent`, and all else says
 * what it was sent.
 */
export async function startApi(pages: Record<string, { type: string; body: string }> = {}): Promise<ApiServer> {
  const arrivals: Arrival[] = []
  const server = await servePages((request, response) => {
    const page = pages[request.url!]
    if (page) return void response.writeHead(200, { 'content-type': page.type }).end(page.body)
    const { traceparent } = request.headers as { traceparent?: string }
    arrivals.push({ method: request.method!, path: request.url!, traceparent })
    void answer(request, response)
  })
  return Object.assign(server, { arrivals, calls: () => arrivals.filter(({ method }) => method !== 'OPTIONS') })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!
  const cors: Record<string, string> = path.startsWith('/private')
    ? {}
    : {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST, PUT, DELETE',
        'access-control-allow-headers': path.startsWith('/strict') ? 'x-own' : 'x-own, content-type, traceparent',
      }
  if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end()
  if (path.startsWith('/hang')) return
  if (path.startsWith('/reset')) return void request.socket.resetAndDestroy()
  if (path.startsWith('/slow')) await new Promise(resolve => setTimeout(resolve, slowAnswerMs))
  let body = ''
  for await (const chunk of request) body += chunk
  const { 'x-own': own } = request.headers
  response.writeHead(Number(/^\/status\/(\d+)/.exec(path)?.[1] ?? 200), { ...cors, 'content-type': 'application/json' })
  response.end(JSON.stringify({ method: request.method, own, body }))
}
