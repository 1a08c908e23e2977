import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { WireHeader } from '../../sdk/src/wire.ts'

/** One batch on its way to the relay. */
export interface Exchange {
  /** Path of the page that sent it, where its referrer policy lets that be seen. */
  sender: string | undefined
  key: string
  header: WireHeader
  /** As it was sent. */
  body: string
  beginMs: number
  /** The answer was handed to the page, or the connection cut. */
  endMs?: number
  /** What the relay answered, whether the page got to see it or not. */
  status?: number
  /** Counts the requests of one connection, from 0. */
  turn: number
}

export interface RelayProxy {
  url: string
  exchanges: Exchange[]
  /** Asked when the relay has answered: true cuts the page's connection instead of passing the answer on. */
  cut: (exchange: Exchange) => boolean
  /** An answer is held back for so long. */
  delayMs: number
  close(): Promise<void>
}

/** Stands between pages and a real relay, for what a relay can't be told to do. While the relay is down, connections are cut. */
export async function startRelayProxy(relayUrl: string): Promise<RelayProxy> {
  const turns = new WeakMap<Socket, number>()
  const server = createServer((incoming, response) => {
    // A page that is gone doesn't wait for its answer.
    relay(incoming, response).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const proxy: RelayProxy = {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    exchanges: [],
    cut: () => false,
    delayMs: 0,
    close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
  return proxy

  async function relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const turn = turns.get(incoming.socket) ?? 0
    turns.set(incoming.socket, turn + 1)
    const beginMs = performance.now()
    const body = await readBody(incoming)
    const exchange = { ...readExchange(incoming, body), beginMs, turn }
    proxy.exchanges.push(exchange)
    try {
      const answer = await forward(incoming, body)
      Object.assign(exchange, { status: answer.status })
      if (proxy.delayMs) await new Promise(resolve => setTimeout(resolve, proxy.delayMs))
      if (proxy.cut(exchange)) incoming.socket.resetAndDestroy()
      else response.writeHead(answer.status, answer.headers).end(answer.body)
    } catch {
      incoming.socket.resetAndDestroy()
    } finally {
      Object.assign(exchange, { endMs: performance.now() })
    }
  }

  function forward({ url, method, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>((resolve, reject) => {
      const outgoing = request(relayUrl + url, { method, headers, agent: false }, answer => {
        readBody(answer).then(
          text => resolve({ status: answer.statusCode ?? 0, headers: passedOn(answer.headers), body: text }),
          reject,
        )
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}

/** The connection to the page is another one than that to the relay. */
function passedOn({ connection: _, 'keep-alive': __, ...headers }: IncomingMessage['headers']) {
  return headers
}

function readExchange({ url, headers }: IncomingMessage, bytes: Buffer) {
  const body = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  return {
    sender: headers.referer && new URL(headers.referer).pathname,
    key: decodeURIComponent(url?.split('/').at(-1) ?? ''),
    header: JSON.parse(body.slice(0, body.indexOf('\n'))) as WireHeader,
    body,
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
