import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import express from 'express'
import { encodeEntries } from '../../../relay/src/entry.ts'
import {
  type LiveLane,
  type LiveRoutesOptions,
  type LiveSpool,
  liveRoutes,
} from '../../../relay/src/live/liveRoutes.ts'
import { createLiveTail, type LiveEntry, type LiveRecord, type LiveTail } from '../../../relay/src/live/liveTail.ts'

export interface LiveServer {
  tail: LiveTail
  /** What the page is told; change it at will. */
  spool: LiveSpool
  lanes: LiveLane[]
  /** The live page's address, with the slash. */
  url: string
  port: number
  /** What waits in this process because some viewer does not read. */
  queuedBytes(): number
  cutConnections(): void
  close(): Promise<void>
}

/** The live page alone on a real socket, without a relay around it. */
export async function startLiveServer(options: Partial<LiveRoutesOptions> = {}): Promise<LiveServer> {
  const tail = options.tail ?? createLiveTail()
  const spool = { records: 0, bytes: 0, oldestAgeMs: 0, quarantinedRecords: 0, writable: true }
  const lanes: LiveLane[] = []
  const app = express()
  app.use(
    '/live',
    liveRoutes({
      tail,
      version: '0.0.0',
      spool: async () => spool,
      lanes: () => lanes,
      publicPort: () => 8080,
      apps: () => [{ name: 'shop', key: 'pk_shop_web', origins: ['https://shop.example'] }],
      ...options,
    }),
  )
  const server = createServer(app)
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP address')
  return {
    tail,
    spool,
    lanes,
    port: address.port,
    queuedBytes: () => [...sockets].reduce((sum, socket) => sum + socket.writableLength, 0),
    cutConnections: () => server.closeAllConnections(),
    url: `http://127.0.0.1:${address.port}/live/`,
    close() {
      tail.close()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

export function liveRecord(
  message: string,
  change: Partial<LiveEntry> & { level?: string; body?: object } = {},
): LiveRecord {
  const { level = 'info', line = JSON.stringify({ message, ...change.body }) } = change
  const { metadata = { level, session_id: 'session-1' }, timestampMs = Date.now() - 30 } = change
  const seconds = Math.floor(timestampMs / 1000)
  const nanos = Math.round((timestampMs - seconds * 1000) * 1e6)
  const body = encodeEntries([{ seconds, nanos, line, metadata: Object.entries(metadata) }])
  return {
    stream: {
      app: change.app ?? 'shop',
      tenant: change.tenant ?? 'shop-prod',
      labels: change.labels ?? { app: 'shop', env: 'production', kind: 'log', service_name: 'shop' },
    },
    level,
    body,
    start: 0,
    end: body.byteLength,
  }
}
