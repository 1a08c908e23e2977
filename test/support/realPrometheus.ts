import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findPrometheus, type PrometheusPrograms, prometheus } from '../parts/prometheus.ts'
import { startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { waitFor } from './waitFor.ts'

export interface PrometheusServer {
  /** Base address. It takes remote writes, too. */
  url: string
  /** One instant; without a time, now. */
  query(promql: string, timeS?: number): Promise<Sample[]>
  /** What its HTTP API answers at this path, such as `rules`. */
  api<T>(path: string): Promise<T>
}

export interface Sample {
  labels: Record<string, string>
  value: number
  timeS: number
}

export interface PrometheusOptions {
  /** Host and port of what is scraped each second, by job. */
  targets?: Record<string, string>
  ruleFiles?: readonly string[]
}

/** A Prometheus of the test's own, on loopback, with its data in a directory that goes with it. */
export async function startPrometheus(t: TestContext, options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const { server } = programs()
  const dataDir = mkdtempSync(join(tmpdir(), 'loki-beacon-prometheus-'))
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const configFile = join(dataDir, 'prometheus.yml')
  writeFileSync(configFile, prometheusConfig(options))
  const args = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(dataDir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
  ]
  const child = await startProcess(server, args, { outputFile: join(dataDir, 'output.log') })
  t.after(async () => {
    await child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
  })
  await waitFor(
    async () => {
      if (child.ended()) throw new Error(`Prometheus ended: ${child.output().slice(-2000)}`)
      return (await fetch(`${url}/-/ready`)).ok
    },
    { timeoutMs: 30_000, what: `Prometheus at ${url} to be ready` },
  )
  return {
    url,
    async query(promql, timeS) {
      const query = new URLSearchParams({ query: promql })
      if (timeS !== undefined) query.set('time', String(timeS))
      const { result } = await api<{ result: RawSample[] }>(`query?${query}`)
      return result.map(({ metric, value: [at, value] }) => ({ labels: metric, value: Number(value), timeS: at }))
    },
    api,
  }

  async function api<T>(path: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(30_000) })
    const text = await response.text()
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text.slice(0, 500)}`)
    return (JSON.parse(text) as { data: T }).data
  }
}

interface RawSample {
  metric: Record<string, string>
  value: [timeS: number, value: string]
}

/** As JSON, which is YAML too. */
function prometheusConfig({ targets = {}, ruleFiles = [] }: PrometheusOptions): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  })
}

/** Runs promtool, and tells what it said. */
export function promtool(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    execFile(programs().promtool, args, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}`.trim() }),
    )
  })
}

function programs(): PrometheusPrograms {
  const found = findPrometheus()
  if (!found) throw new Error(`${prometheus.name} is missing: ${prometheus.howToGet}`)
  return found
}
