import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../../relay/src/config.ts'
import { createLog } from '../../../relay/src/log.ts'
import { startRelay } from '../../../relay/src/start.ts'

/** A relay of the test's own process, from source, with its real spool. */
export interface SourceRelay {
  url: string
  adminUrl: string
  port: number
  stop(): Promise<void>
}

export const origin = 'https://shop.example'
const app = {
  RELAY_KEY: 'pk_shop',
  RELAY_ORIGINS: `${origin}, https://*.shop.example`,
  SERVICE_NAME: 'shop',
  ENVIRONMENT: 'test',
}

/** Stopped after the test; a suite, which has no `after` of its own to hand over, stops it itself. */
export async function startSourceRelay(
  t?: { after(end: () => Promise<void>): void },
  env: Record<string, string> = {},
  yaml = '',
  logTo?: { write(line: string): void },
): Promise<SourceRelay> {
  const dir = await mkdtemp(join(tmpdir(), 'loki-beacon-source-relay-'))
  const file = join(dir, 'relay.yaml')
  await writeFile(file, yaml)
  const { config } = loadConfig({
    file,
    env: {
      ...app,
      RELAY_HOST: '127.0.0.1',
      RELAY_PORT: '0',
      RELAY_ADMIN_PORT: '0',
      RELAY_DATA_DIR: join(dir, 'spool'),
      RELAY_LOG_LEVEL: 'silent',
      RELAY_SHUTDOWN_TIMEOUT: '1s',
      ...env,
    },
  })
  const relay = await startRelay(config, createLog(config.logLevel, logTo))
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= relay.stop().finally(() => rm(dir, { recursive: true, force: true }))
    return stopped
  }
  t?.after(stop)
  return {
    url: `http://127.0.0.1:${relay.port}`,
    adminUrl: `http://127.0.0.1:${relay.adminPort}`,
    port: relay.port,
    stop,
  }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: asserted field by field
  json: any
}

export interface Sending {
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** One request over node:http, where any header can be sent. The allowed origin unless told otherwise. */
export function send(relay: { url: string }, sending: Sending = {}): Promise<Answer> {
  const { method = 'POST', path = '/v1/i/pk_shop', headers = { origin }, body } = sending
  return answerOf(request(`${relay.url}${path}`, { method, headers, agent: false }, undefined), outgoing =>
    outgoing.end(body),
  )
}

export function answerOf(outgoing: ClientRequest, start: (outgoing: ClientRequest) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', async response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          json: text.startsWith('{') ? JSON.parse(text) : text,
        })
      })
    })
    start(outgoing)
  })
}

let batches = 0

/** A batch of wire version 1; each call has an id of its own. */
export function batchOf(records: (object | string)[], header: object = {}): string {
  const head = {
    v: 1,
    batch: `batch-of-the-tests-${String(++batches).padStart(6, '0')}`,
    sentAtMs: Date.now(),
    context: { page: `page-${batches}` },
    ...header,
  }
  return [head, ...records].map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
}

export function recordOf(n: number, more: object = {}): object {
  return { n, t: Date.now(), kind: 'log', level: 'info', message: `record ${n}`, attributes: { n }, ...more }
}
