import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

/** What becomes of one request, once all of it has come. */
export interface Deed {
  name: string
  /** @defaultValue true */
  reachesLoki?: boolean
  /** It reaches Loki so much later, and nobody waits for that. */
  lateMs?: number
  /** It is held up for so long on its way, and the answer on its way back. */
  holdMs?: { request: number; answer: number }
  /** The relay gets this instead of Loki's answer; `reset` ends its connection without one. */
  instead?: 'reset' | { status: number; text: string }
}

export interface LokiProxy {
  url: string
  /** Asked for each request. Without it, and where it says nothing, all goes through. */
  deed: ((path: string) => Deed | undefined) | undefined
  /** How often which deed was done. */
  done: Map<string, number>
}

/** Stands between the relay and a real Loki, for what Loki itself can't be told to do. */
export async function startLokiProxy(t: TestContext, lokiUrl: string): Promise<LokiProxy> {
  const agent = new Agent({ keepAlive: true })
  const done = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer((incoming, response) => {
    // As a gateway does when Loki is gone.
    handle(incoming, response).catch(() => incoming.socket.resetAndDestroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
    agent.destroy()
  })
  const proxy: LokiProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deed: undefined,
    done,
  }
  return proxy

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray())
    const deed = proxy.deed?.(incoming.url ?? '/')
    if (deed) done.set(deed.name, (done.get(deed.name) ?? 0) + 1)
    const { reachesLoki = true, lateMs, holdMs, instead } = deed ?? {}
    if (holdMs) await sleep(holdMs.request)
    // Whoever is gone by then is not waited upon, as nginx does it.
    if (holdMs && incoming.socket.destroyed) return
    const forwarded = reachesLoki ? sleep(lateMs ?? 0).then(() => forward(incoming, body)) : undefined
    // Nobody waits for one that comes late.
    forwarded?.catch(() => {})
    const answer = lateMs === undefined ? await forwarded : undefined
    if (holdMs) await sleep(holdMs.answer)
    if (instead === 'reset') incoming.socket.resetAndDestroy()
    else if (instead) response.writeHead(instead.status).end(instead.text)
    else response.writeHead(answer?.status ?? 502, answer?.headers).end(answer?.body)
  }

  function forward({ url, method, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
      const outgoing = request(lokiUrl + url, { method, headers, agent }, answer => {
        const type = answer.headers['content-type']
        answer.toArray().then(
          chunks =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: type ? { 'content-type': type } : {},
              body: Buffer.concat(chunks),
            }),
          reject,
        )
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}
