import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StartedProcess, startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { parseMetrics } from './parseMetrics.ts'
import { waitFor } from './waitFor.ts'

export interface RelayOptions {
  /** Beside PATH this is all of its environment: nothing leaks in from the tester's shell. */
  env?: Record<string, string>
  /** A configuration file's text. */
  config?: string
  /** Kept at the end; without it, one is made and removed. */
  dataDir?: string
  args?: readonly string[]
  /** Another build of it, such as an installed one. @defaultValue the one in `relay/dist` */
  program?: string
  /** A command that runs the relay, which follows as its arguments, in its own process. */
  within?: readonly string[]
}

export interface RelayProcess {
  url: string
  adminUrl: string
  dataDir: string
  pid: number
  /** All it has printed, over restarts. */
  output(): string
  /** Ends it without ceremony, and tells its exit code. @defaultValue `'SIGKILL'` */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null }>
  /** SIGTERM, and its exit code; then the clean-up. */
  stop(): Promise<{ code: number | null }>
  /** Starts it again after `kill` (or ends it first): same ports and data; `env` is merged over the earlier one. */
  restart(env?: Record<string, string>): Promise<void>
  /** Samples by name and labels as printed, e.g. `relay_records_total{outcome="stored"}`. */
  metrics(): Promise<Map<string, number>>
}

const builtHere = join(import.meta.dirname, '../../relay/dist/main.js')

/** The relay as users run it: built, in a process of its own, on ports of its own. */
export async function startRelay(options: RelayOptions = {}): Promise<RelayProcess> {
  const program = options.program ?? builtHere
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`)
  const workDir = await mkdtemp(join(tmpdir(), 'loki-beacon-relay-'))
  const dataDir = options.dataDir ?? join(workDir, 'data')
  const outputFile = join(workDir, 'output.log')
  const [port = 0, adminPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const adminUrl = `http://127.0.0.1:${adminPort}`
  const [command = '', ...args] = [...(options.within ?? []), process.execPath, program, ...(options.args ?? [])]
  if (options.config !== undefined) {
    const configFile = join(workDir, 'relay.yaml')
    await writeFile(configFile, options.config)
    args.push('--config', configFile)
  }
  let env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    RELAY_HOST: '127.0.0.1',
    RELAY_PORT: String(port),
    RELAY_ADMIN_PORT: String(adminPort),
    RELAY_DATA_DIR: dataDir,
    ...options.env,
  }

  async function run(): Promise<StartedProcess> {
    const started = await startProcess(command, args, { env, cwd: workDir, outputFile })
    try {
      await waitFor(async () => started.ended() !== undefined || (await answers(url)), {
        timeoutMs: 20_000,
        everyMs: 20,
        what: `the relay to answer ${url}/healthz`,
      })
      const ended = started.ended()
      if (ended) throw new Error(`the relay ended at once: exit code ${ended.code}`)
      return started
    } catch (error) {
      const output = started.output().slice(-4000)
      await started.kill('SIGKILL')
      throw new Error(`the relay did not start:\n${output}`, { cause: error })
    }
  }

  let child = await run()
  return {
    url,
    adminUrl,
    dataDir,
    get pid() {
      return child.pid
    },
    output: () => child.output(),
    kill: (signal = 'SIGKILL') => child.kill(signal),
    async stop() {
      const { code } = await child.kill('SIGTERM')
      await rm(workDir, { recursive: true, force: true, maxRetries: 5 })
      return { code }
    },
    async restart(more = {}) {
      await child.kill('SIGKILL')
      env = { ...env, ...more }
      child = await run()
    },
    async metrics() {
      const response = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })
      return parseMetrics(await response.text())
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) })
  await response.body?.cancel()
  return response.ok
}
