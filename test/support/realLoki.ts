import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loki } from '../parts/loki.ts'
import { startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { lokiConfig } from './lokiConfig.ts'
import { createLokiQueries, type LokiQueries } from './lokiQueries.ts'
import { waitFor } from './waitFor.ts'

export type { LokiEntry, TimeRange } from './lokiQueries.ts'

export interface Loki extends LokiQueries {
  /** Base address, such as `http://127.0.0.1:3100`. */
  url: string
}

export interface OwnLoki extends Loki {
  /** Where it keeps everything. */
  dataDir: string
  pid: number
  /** @defaultValue `'SIGKILL'`. Port and data stay, for `start()`. */
  kill(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export interface LokiOptions {
  /** Added to its environment. */
  env?: Record<string, string>
  /** Merged over `limits_config`. */
  limits?: object
  /** In place of the usual configuration; its ports are still chosen here. */
  configFile?: string
  /** Flags, which win over its configuration. */
  args?: readonly string[]
  /** Merged over `ruler`. */
  ruler?: object
  /** Limits of single tenants, by their names. */
  overrides?: Record<string, object>
  /** Limits that tenants may look up for themselves. @defaultValue Loki's own choice */
  publishedLimits?: readonly string[]
}

/**
 * The Loki that all test files of a run share (`LOKI_URL`), or else one that lives as long as this process.
 * Each test is to use a tenant of its own, and never to stop it.
 */
export const connectLoki: () => Promise<Loki> = once(async () => {
  const url = process.env.LOKI_URL?.replace(/\/+$/, '')
  return url ? { url, ...createLokiQueries(url) } : startLoki()
})

/** A Loki of one's own, for tests that stop it, kill it or change its limits. */
export async function startLoki(options: LokiOptions = {}): Promise<OwnLoki> {
  const program = loki.find()
  if (!program) throw new Error(`${loki.name} is missing: ${loki.howToGet}`)
  const dataDir = mkdtempSync(join(tmpdir(), 'loki-beacon-loki-'))
  const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', removeData)
  const [httpPort = 0, grpcPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${httpPort}`
  const configFile = join(dataDir, 'config.json')
  const overridesFile = options.overrides && join(dataDir, 'overrides.json')
  if (overridesFile) writeFileSync(overridesFile, JSON.stringify({ overrides: options.overrides }))
  const { limits, publishedLimits, ruler } = options
  writeFileSync(configFile, lokiConfig({ dataDir, httpPort, grpcPort, limits, publishedLimits, overridesFile, ruler }))

  const args = options.configFile === undefined ? [`-config.file=${configFile}`] : withPorts(options.configFile)

  async function run(file: string) {
    const started = await startProcess(file, [...args, ...(options.args ?? [])], {
      env: { ...process.env, ...options.env },
      cwd: dataDir,
      outputFile: join(dataDir, 'output.log'),
    })
    await untilItWorks(url, () => {
      if (started.ended()) throw new Error(`Loki ended: ${started.output().slice(-2000)}`)
    })
    return started
  }

  function withPorts(file: string): string[] {
    return [
      `-config.file=${file}`,
      `-server.http-listen-address=127.0.0.1`,
      `-server.http-listen-port=${httpPort}`,
      `-server.grpc-listen-address=127.0.0.1`,
      `-server.grpc-listen-port=${grpcPort}`,
      `-querier.frontend-address=127.0.0.1:${grpcPort}`,
    ]
  }

  let child = await run(program)
  return {
    url,
    dataDir,
    ...createLokiQueries(url),
    get pid() {
      return child.pid
    },
    async kill(signal = 'SIGKILL') {
      await child.kill(signal)
    },
    async start() {
      if (child.ended()) child = await run(program)
    },
    async stop() {
      await child.kill('SIGKILL')
      removeData()
      process.off('exit', removeData)
    },
  }
}

/** `/ready` waits 15 s after the start for its ring; pushes and queries work long before. */
async function untilItWorks(url: string, assertAlive: () => void): Promise<void> {
  const line = randomUUID()
  const headers = { 'Content-Type': 'application/json', 'X-Scope-OrgID': 'ready-check' }
  const body = () =>
    JSON.stringify({ streams: [{ stream: { check: 'ready' }, values: [[`${Date.now()}000000`, line]] }] })
  const { queryLog } = createLokiQueries(url)
  await waitFor(
    async () => {
      assertAlive()
      const response = await fetch(`${url}/loki/api/v1/push`, { method: 'POST', headers, body: body() })
      if (response.status >= 500) throw new Error(`push: ${response.status} ${await response.text()}`)
      const nowMs = Date.now()
      const range = { startMs: nowMs - 60_000, endMs: nowMs + 60_000 }
      const found = await queryLog('ready-check', `{check="ready"} |= "${line}"`, range)
      // Limits that a test asked for may refuse the check's own entry: then it is the query that tells.
      return found.length > 0 || response.status !== 204
    },
    { timeoutMs: 60_000, everyMs: 100, what: `Loki at ${url} to take a push and answer a query` },
  )
  assertAlive()
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
