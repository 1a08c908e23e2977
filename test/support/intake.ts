import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { decodeNative } from '../../relay/src/decode/decodeNative.ts'
import type { WireHeader, WireRecord, WireRejected } from '../../sdk/src/wire.ts'

/** One request as it arrived, whatever was answered. */
export interface Attempt {
  atMs: number
  header: WireHeader
  records: WireRecord[]
  /** Lines that a relay can't take. */
  rejected: WireRejected[]
  /** Uncompressed. */
  bytes: number
  isGzip: boolean
  /** A beacon of plain text is a request without CORS, our fetch one with it. */
  how: 'beacon' | 'fetch'
}

/** How one request is answered: a status, or what networks do. */
export type Script =
  | { status: number; code?: string; retryAfter?: string; location?: string; html?: string }
  /** The connection is cut before anything is stored. */
  | 'reset'
  /** It is stored, and the connection is cut before the answer. */
  | 'resetAfterStore'
  /** No answer, ever. */
  | 'hang'

export interface Intake {
  url: string
  attempts: Attempt[]
  /** What the relay would hold: each record once, in the order stored. */
  stored: WireRecord[]
  /** Asked for each request; undefined means stored and answered 202. */
  script: (attempt: Attempt) => Script | undefined | Promise<Script | undefined>
  /** The relay's clock is so far ahead. */
  aheadMs: number
  /** Cuts all connections and refuses new ones. */
  down(): Promise<void>
  /** On the same port again. */
  up(): Promise<void>
  close(): Promise<void>
}

/** The relay's defaults. */
const limits = { maxRecords: 10_000, maxRecordBytes: 256 * 1024 }

/** The relay as the SDK sees it, over a real socket, able to fail on demand. Knows batches by id and stores their new lines only. */
export async function startIntake(): Promise<Intake> {
  const linesSeen = new Map<string, number>()
  let server = createServer(answer)
  const port = await listen(0)

  const intake: Intake = {
    url: `http://127.0.0.1:${port}`,
    attempts: [],
    stored: [],
    script: () => undefined,
    aheadMs: 0,
    down: stop,
    async up() {
      server = createServer(answer)
      await listen(port)
    },
    close: stop,
  }
  return intake

  function listen(wanted: number): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  }

  function stop(): Promise<void> {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    return closed
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-expose-headers': 'Retry-After',
    }
    if (request.method !== 'POST') return void response.writeHead(405, cors).end()
    const body = await readBody(request).catch(() => undefined)
    if (!body) return
    const attempt = await readAttempt(request, body)
    if (!attempt) {
      response.writeHead(400, cors)
      return void response.end(JSON.stringify({ error: { code: 'invalid_batch', message: 'no batch' } }))
    }
    intake.attempts.push(attempt)
    const script = await intake.script(attempt)
    if (script === 'hang') return
    if (script === 'reset') return void request.socket.resetAndDestroy()
    if (typeof script === 'object') {
      const { status, code = 'scripted', retryAfter, location, html } = script
      response.writeHead(status, {
        ...cors,
        ...(retryAfter && { 'retry-after': retryAfter }),
        ...(location && { location }),
      })
      return void response.end(html ?? JSON.stringify({ error: { code, message: 'as scripted' } }))
    }
    const accepted = store(attempt)
    if (script === 'resetAfterStore') return void request.socket.resetAndDestroy()
    response.writeHead(202, { ...cors, 'content-type': 'application/json' })
    const duplicate = attempt.records.length - accepted
    response.end(
      JSON.stringify({ accepted, duplicate, rejected: attempt.rejected, nowMs: Date.now() + intake.aheadMs }),
    )
  }

  function store({ header, records }: Attempt): number {
    const [, whole = '', start] = /^([0-9a-f]{32})([0-9a-z]+)$/.exec(header.batch) ?? []
    if ((linesSeen.get(whole) ?? 0) >= Number.parseInt(start ?? '', 36) + records.length) return 0
    const seen = linesSeen.get(header.batch) ?? 0
    const fresh = records.slice(seen)
    intake.stored.push(...fresh)
    linesSeen.set(header.batch, seen + fresh.length)
    return fresh.length
  }
}

/** Read as the relay does, which refuses some lines alone; undefined where it would refuse the whole. */
async function readAttempt(request: IncomingMessage, body: Buffer): Promise<Attempt | undefined> {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  const text = isGzip ? gunzipSync(body) : body
  const batch = await decodeNative(text, { ...limits, receivedAtMs: Date.now() }).catch(() => undefined)
  if (!batch) return undefined
  const [header, ...lines] = text.toString('utf8').split('\n')
  return {
    atMs: performance.now(),
    header: JSON.parse(header!) as WireHeader,
    records: batch.records.map(({ position }) => JSON.parse(lines[position]!) as WireRecord),
    rejected: batch.rejected.map(({ n, reason }) => ({ n, reason })),
    bytes: text.length,
    isGzip,
    how: request.headers['sec-fetch-mode'] === 'no-cors' ? 'beacon' : 'fetch',
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
