import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listener {
  port: number
  /** Takes no more connections and ends the idle ones; resolves when the last request is answered. */
  close(): Promise<void>
  /** Ends what is left. */
  destroy(): void
}

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Above the 60 s of common proxies: the side that sends requests should be the one that closes.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}
const maxHeaders = 64

/** Serves on the host and port, or rejects with the cause, such as EADDRINUSE. */
export async function listen(app: RequestListener, { host, port }: { host?: string; port: number }): Promise<Listener> {
  const server = createServer(limits, app)
  server.maxHeadersCount = maxHeaders
  // Otherwise Node itself would ask every waiting client for its body, before anybody has looked at its key.
  server.on('checkContinue', app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
    destroy: () => server.closeAllConnections(),
  }
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
