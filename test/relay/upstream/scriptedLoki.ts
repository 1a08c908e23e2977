import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { uncompress } from 'snappyjs'
import { type DecodedEntry, decodePush } from '../logproto.ts'

/** How a push is answered. Without a step: stored, 204. */
export interface Step {
  status?: number
  text?: string
  /** Whether, or which entries are stored all the same. @defaultValue true for 204, else false */
  store?: boolean | ((entry: DecodedEntry) => boolean)
  /** How long it takes to store and answer, in ms. */
  delayMs?: number
  /** Instead of an answer: the connection is reset, or nothing happens any more. */
  instead?: 'reset' | 'hang'
}

export interface ReceivedPush {
  tenant: string
  labels: string
  lines: string[]
  headers: IncomingMessage['headers']
  atMs: number
}

export interface ScriptedLoki {
  url: string
  /** In the order they arrived. */
  pushes: ReceivedPush[]
  /** Number of queries so far. */
  queries(): number
  /** Lines as they were stored, copies included. */
  stored(): string[]
  /** The same as entries, with the labels of their stream. */
  entries(): readonly { labels: string; entry: DecodedEntry }[]
  /** The next pushes are answered like this, one step each. */
  script(...steps: Step[]): void
  /** Every push from now on that has no step of its own. */
  always(step: (push: ReceivedPush) => Step): void
  /** Every query is answered like this instead of from what is stored. */
  answerQueries(answer: { status: number; text: string } | undefined): void
  /** What it has stored of these lines is gone, as after a crash. */
  lose(isLost: (line: string) => boolean): void
  /** Ends the connections that nobody uses, as a restart does. */
  closeIdle(): void
  /** How connections ended: `ECONNRESET`, or `end` for a polite close. */
  endings: string[]
}

/** A Loki for faults that the real one cannot be told to make. */
export async function startScriptedLoki(t: TestContext): Promise<ScriptedLoki> {
  const steps: Step[] = []
  const pushes: ReceivedPush[] = []
  const stored: { labels: string; entry: DecodedEntry }[] = []
  const endings: string[] = []
  let usual = (_: ReceivedPush): Step => ({})
  let queries = 0
  let queryAnswer: { status: number; text: string } | undefined

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loki')
    if (url.pathname === '/loki/api/v1/push') void takePush(request, response)
    else answerQuery(url, response)
  })
  server.on('connection', (socket: Socket) => {
    socket.once('error', error => endings.push('code' in error ? String(error.code) : error.message))
    socket.once('end', () => endings.push('end'))
  })
  t.after(() => close(server))
  const port = await listen(server)

  return {
    url: `http://127.0.0.1:${port}`,
    pushes,
    queries: () => queries,
    stored: () => stored.map(({ entry }) => entry.line),
    entries: () => stored,
    script: (...more) => steps.push(...more),
    always(step) {
      usual = step
    },
    answerQueries(answer) {
      queryAnswer = answer
    },
    lose(isLost) {
      stored.splice(0, stored.length, ...stored.filter(({ entry }) => !isLost(entry.line)))
    },
    closeIdle: () => server.closeIdleConnections(),
    endings,
  }

  async function takePush(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const [stream] = decodePush(uncompress(Buffer.concat(chunks))).streams
    const entries = stream?.entries ?? []
    const { headers } = request
    const push: ReceivedPush = {
      tenant: String(headers['x-scope-orgid']),
      labels: stream?.labels ?? '',
      lines: entries.map(entry => entry.line),
      headers,
      atMs: performance.now(),
    }
    pushes.push(push)
    const step = steps.shift() ?? usual(push)
    const { instead, status = 204, text = '', store = status === 204 && !instead, delayMs } = step
    if (delayMs) await sleep(delayMs)
    const keep = typeof store === 'function' ? store : () => store
    stored.push(...entries.filter(keep).map(entry => ({ labels: push.labels, entry })))
    if (instead === 'reset') request.socket.resetAndDestroy()
    else if (instead !== 'hang') response.writeHead(status).end(text)
  }

  function answerQuery({ searchParams }: URL, response: ServerResponse): void {
    queries++
    if (queryAnswer) {
      response.writeHead(queryAnswer.status).end(queryAnswer.text)
      return
    }
    const start = BigInt(searchParams.get('start') ?? 0)
    const end = BigInt(searchParams.get('end') ?? 0)
    const result = stored
      .filter(({ labels }) => labels === searchParams.get('query'))
      .map(({ entry }) => ({ ns: nsOf(entry), entry }))
      .filter(({ ns }) => ns >= start && ns < end)
      .sort((a, b) => Number(a.ns - b.ns))
      .slice(0, Number(searchParams.get('limit')))
      .map(({ ns, entry }) => ({ stream: metadataOf(entry), values: [[String(ns), entry.line]] }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }))
  }
}

function metadataOf({ structuredMetadata }: DecodedEntry): Record<string, string> {
  return Object.fromEntries(structuredMetadata.map(({ name, value }) => [name, value]))
}

function nsOf({ timestamp }: DecodedEntry): bigint {
  return BigInt(timestamp.seconds) * 1_000_000_000n + BigInt(timestamp.nanos)
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return (server.address() as AddressInfo).port
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}
