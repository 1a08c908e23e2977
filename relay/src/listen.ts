import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Listener {
  port: number
  /** Takes no more connections and ends those without a request; resolves when the last request is answered. */
  close(): Promise<void>
  /** Ends what is left. */
  destroy(): void
}

export interface ListenOptions {
  host?: string
  port: number
  /** Further connections are closed at once. @defaultValue 10,000, with some 20 KB of memory each */
  maxConnections?: number
  /** A connection that moves no byte in the middle of a request or an answer is cut. @defaultValue `60_000`; 0 for never */
  silenceTimeoutMs?: number
  /** Connections were turned away, for there are `maxConnections`: told once a minute at most. */
  onFull?(maxConnections: number): void
}

const limits = {
  // Not less: with a beacon, the browser sends all cookies of the site.
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Above the 60 s of common proxies: the side that sends requests should be the one that closes.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}
const maxHeaders = 64
/** Connections that wait to be taken while the thread is busy. Node's 511 are gone in one burst, and who comes then waits a second. */
const backlog = 4096

/** Serves on the host and port, or rejects with the cause, such as EADDRINUSE. */
export async function listen(app: RequestListener, options: ListenOptions): Promise<Listener> {
  const { host, port, maxConnections = 10_000, silenceTimeoutMs = 60_000, onFull } = options
  const { serve, idle, opened } = countUnderWay(boundHeaders(app))
  const server = createServer(limits, serve)
  server.on('connection', opened)
  server.maxConnections = maxConnections
  server.on(
    'drop',
    onceAMinute(() => onFull?.(maxConnections)),
  )
  // Against who never reads the answer: the other timeouts end with the request.
  server.timeout = silenceTimeoutMs
  // Otherwise Node itself would ask every waiting client for its body, before anybody has looked at its key.
  server.on('checkContinue', serve)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server, idle),
    destroy: () => server.closeAllConnections(),
  }
}

/**
 * Before 24.18.1 Node left out those beyond its `maxHeadersCount` without a word: the last ones, which a proxy has added,
 * such as the address of the client. https://nodejs.org/api/http.html#servermaxheaderscount (CVE-2026-58044)
 */
function boundHeaders(app: RequestListener): RequestListener {
  return (req, res) => {
    if (req.rawHeaders.length <= 2 * maxHeaders) return app(req, res)
    res.writeHead(431, { Connection: 'close' }).end()
  }
}

function onceAMinute(tell: () => void): () => void {
  let toldAtMs = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - toldAtMs < 60_000) return
    toldAtMs = performance.now()
    tell()
  }
}

interface UnderWay {
  serve: RequestListener
  opened(socket: Socket): void
  /** Connections that have not sent the whole head of a request, or whose requests are answered. */
  idle(): Socket[]
}

/** Node's own `closeIdleConnections()` spares a connection that has sent nothing yet, or half a head. */
function countUnderWay(app: RequestListener): UnderWay {
  const requests = new Map<Socket, number>()
  return {
    opened(socket) {
      requests.set(socket, 0)
      socket.once('close', () => requests.delete(socket))
    },
    serve(req, res) {
      const { socket } = req
      add(socket, 1)
      res.once('close', () => add(socket, -1))
      return app(req, res)
    },
    idle: () => [...requests].filter(([, underWay]) => underWay === 0).map(([socket]) => socket),
  }

  function add(socket: Socket, more: number): void {
    const underWay = requests.get(socket)
    if (underWay !== undefined) requests.set(socket, underWay + more)
  }
}

function close(server: Server, idle: () => Socket[]): Promise<void> {
  return new Promise(resolve => {
    // Again and again: a connection becomes idle with the answer that was under way. Not at once: the first request of one
    // that has just been opened may be on its way.
    const ending = setInterval(() => {
      for (const socket of idle()) socket.destroy()
    }, 100)
    server.close(() => {
      clearInterval(ending)
      resolve()
    })
  })
}
