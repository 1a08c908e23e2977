import { type ClientRequest, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createLokiClock } from './lokiClock.ts'
import { createResettableAgent } from './resettableAgent.ts'

export interface LokiClientOptions {
  /** Loki's base address such as `http://loki:3100`, or the full address of its push API. */
  endpoint: string
  /** With `token`: basic authentication, as Grafana Cloud has it. */
  username?: string
  /** Alone: sent as a bearer token. */
  token?: string
  /** Longest wait for the answer to a push, in ms. Loki itself gives up after 5 s; less than that only makes doubt. @defaultValue `60000` */
  timeoutMs?: number
  /** Longest wait for the answer to a query, in ms. @defaultValue `30000` */
  queryTimeoutMs?: number
}

export interface LokiClient {
  /** Pushes what `encodePush` made, once. Never rejects. */
  push(push: { tenant: string; body: Uint8Array; signal?: AbortSignal }): Promise<PushResult>
  /** Asks what is stored in a range of a stream, one page of it. Never rejects. */
  query(query: LokiQuery & { tenant: string; signal?: AbortSignal }): Promise<PushResult>
  /** Is called when Loki, or what stands before it, has ended an idle connection: it may have been restarted. */
  watchIdle(listener: () => void): void
  /** What its wall clock shows, as far as its answers have told. */
  nowMs(): number
  /** Where it pushes to, without credentials: for people. */
  host: string
  close(): void
}

export interface LokiQuery {
  logql: string
  startNs: bigint
  /** Exclusive. */
  endNs: bigint
  limit: number
}

/**
 * `request`: the request could not be made at all, for instance because of a tenant that no header can hold.
 * `location`: where a redirect leads, without what may be secret in it.
 * `network`: no answer; `bodySent` tells whether Loki may have got the body nevertheless, `gaveUp` that it was us who ended it.
 */
export type PushResult =
  | { failure?: undefined; status: number; text: string; location?: string }
  | { failure: 'network'; reason: string; bodySent: boolean; gaveUp?: boolean; answerTooLong?: boolean }
  | { failure: 'request'; reason: string }

interface Exchange {
  method: 'GET' | 'POST'
  path: string
  tenant: string
  headers?: Record<string, string | number>
  body?: Uint8Array
  timeoutMs: number
  /** What the answer may be long, in bytes; the connection of a longer one is closed. */
  maxAnswerBytes: number
  signal?: AbortSignal
}

const pushPath = '/loki/api/v1/push'
const maxPushAnswerBytes = 64 * 1024
const maxQueryAnswerBytes = 32 * 1024 * 1024

/** Talks to one Loki over kept-alive connections. Throws a TypeError for an endpoint that is no http(s) address. */
export function createLokiClient(options: LokiClientOptions): LokiClient {
  const { timeoutMs = 60_000, queryTimeoutMs = 30_000 } = options
  const base = baseOf(options.endpoint)
  const secure = base.protocol === 'https:'
  const { agent, reset, watchIdle } = createResettableAgent(secure)
  const clock = createLokiClock()

  return {
    push: ({ tenant, body, signal }) =>
      exchange({
        method: 'POST',
        path: pushPath,
        tenant,
        headers: { 'Content-Type': 'application/x-protobuf', 'Content-Length': body.byteLength },
        body,
        timeoutMs,
        maxAnswerBytes: maxPushAnswerBytes,
        signal,
      }),
    query: ({ tenant, signal, ...query }) =>
      exchange({
        method: 'GET',
        path: queryPath(query),
        tenant,
        headers: { 'Cache-Control': 'no-cache' },
        timeoutMs: queryTimeoutMs,
        maxAnswerBytes: maxQueryAnswerBytes,
        signal,
      }),
    watchIdle,
    nowMs: clock.nowMs,
    host: base.host,
    close: () => agent.destroy(),
  }

  function exchange({ body, timeoutMs, maxAnswerBytes, signal, ...target }: Exchange): Promise<PushResult> {
    const { promise, resolve } = Promise.withResolvers<PushResult>()
    let bodySent = false
    let call: ClientRequest
    try {
      call = start(target)
    } catch (error) {
      return Promise.resolve({ failure: 'request', reason: reasonOf(error) })
    }
    const timer = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs)
    const onAbort = () => giveUp('given up')
    signal?.addEventListener('abort', onAbort)

    call.once('socket', socket => {
      const sending = () => {
        bodySent = true
      }
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', sending)
      else sending()
    })
    call.once('response', response => {
      clock.told(response.headers.date)
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxAnswerBytes) giveUp('the answer is too long', true)
        else chunks.push(chunk)
      })
      response.once('end', () => {
        const { statusCode: status = 0, headers } = response
        const location = status >= 300 && status < 400 ? placeOf(headers.location) : undefined
        finish({ status, text: Buffer.concat(chunks).toString(), ...(location && { location }) })
      })
      response.on('error', fail)
    })
    call.on('error', fail)
    call.once('close', () => fail(new Error('the connection was closed')))
    if (signal?.aborted) onAbort()
    else call.end(body)
    return promise

    function giveUp(reason: string, answerTooLong?: boolean): void {
      finish({ failure: 'network', reason, bodySent, gaveUp: true, answerTooLong })
      if (call.socket) reset(call.socket)
      call.destroy()
    }

    function fail(error: Error): void {
      finish({ failure: 'network', reason: reasonOf(error), bodySent })
    }

    function finish(result: PushResult): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(result)
    }
  }

  function placeOf(location = ''): string | undefined {
    const url = location ? URL.parse(location, `${base.protocol}//${base.host}`) : null
    return url ? `${url.protocol}//${url.host}${url.pathname}` : undefined
  }

  function start({ method, path, tenant, headers }: Pick<Exchange, 'method' | 'path' | 'tenant' | 'headers'>) {
    const request = secure ? requestHttps : requestHttp
    return request({
      agent,
      method,
      protocol: base.protocol,
      hostname: base.hostname,
      port: base.port,
      path: `${base.path}${path}`,
      headers: { ...lokiHeaders(options, tenant), ...headers },
    })
  }
}

function queryPath({ logql, startNs, endNs, limit }: LokiQuery): string {
  const query = { query: logql, start: `${startNs}`, end: `${endNs}`, limit: `${limit}`, direction: 'forward' }
  return `/loki/api/v1/query_range?${new URLSearchParams(query)}`
}

function baseOf(endpoint: string) {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError('the address of Loki must be http or https')
  const path = pathname.replace(/\/+$/, '').replace(/\/loki\/api\/v1\/push$/, '')
  // IPv6 addresses stand in brackets in a URL only.
  return { protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port: port || undefined, path }
}

/** Who asks, and for which tenant. */
export function lokiHeaders({ username, token }: LokiClientOptions, tenant: string): Record<string, string> {
  const headers = { 'X-Scope-OrgID': tenant }
  if (!token) return headers
  if (!username) return { ...headers, Authorization: `Bearer ${token}` }
  return { ...headers, Authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}` }
}

/** Node's messages name hosts, ports and headers, never the value of a header. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // OpenSSL's words stand among its source files, and end their line.
  const words = error.message.replace(/\w+:error:\w+:[^:]*:[^:]*:([^:]*):.*/s, '$1').trim()
  // Of several addresses none could be reached: the error has a code and no words.
  return words || ('code' in error ? String(error.code) : error.name)
}
