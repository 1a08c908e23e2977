import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import express from 'express'
import { encodeEntries } from '../../../relay/src/entry.ts'
import { type LiveRoutesOptions, liveRoutes } from '../../../relay/src/live/liveRoutes.ts'
import type { LiveLane, LiveSpool } from '../../../relay/src/live/liveStatus.ts'
import { createLiveTail, type LiveEntry, type LiveRecord, type LiveTail } from '../../../relay/src/live/liveTail.ts'
import { createOutcomes, type Outcomes } from '../../../relay/src/outcomes.ts'

export interface LiveServer {
  tail: LiveTail
  /** What the page is told; change it at will. */
  spool: LiveSpool
  lanes: LiveLane[]
  outcomes: Outcomes
  /** The live page's address, with the slash. */
  url: string
  port: number
  /** What waits in this process because some viewer does not read. */
  queuedBytes(): number
  cutConnections(): void
  close(): Promise<void>
}

const shop = {
  name: 'shop',
  key: 'pk_shop_web',
  origins: ['https://shop.example'],
  tenant: 'shop-prod',
  labels: { app: 'shop', env: 'production', service_name: 'shop' },
}

/** The live page alone on a real socket, without a relay around it. */
export async function startLiveServer(options: Partial<LiveRoutesOptions> = {}): Promise<LiveServer> {
  const tail = options.tail ?? createLiveTail()
  const spool = { records: 0, bytes: 0, oldestAgeMs: 0, quarantinedRecords: 0, writable: true }
  const lanes: LiveLane[] = []
  const outcomes = createOutcomes()
  const app = express()
  app.use(
    '/live',
    liveRoutes({
      tail,
      version: '0.0.0',
      spool: async () => spool,
      lanes: () => lanes,
      outcomes: outcomes.totals,
      scriptLoads: () => 0,
      configProblems: () => [],
      publicPort: () => 8080,
      apps: () => [shop],
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
    outcomes,
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
