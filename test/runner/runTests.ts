import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestResult } from './resultReporter.ts'

export interface TestRun {
  files: readonly string[]
  /** How many files at once. */
  concurrency: number
  cwd: string
  env: NodeJS.ProcessEnv
  /** Without any output for so long, it hangs: it is ended, and has failed. */
  silenceLimitMs: number
  signal: AbortSignal
  /** Takes what the run prints, as it comes. */
  show(chunk: Uint8Array): void
}

/** Between asking a run to end and ending it. */
const graceMs = 5000

/** Runs the files under `node --test`, and leaves no process and no temporary file behind. */
export async function runTests(run: TestRun): Promise<TestResult> {
  const workDir = mkdtempSync(join(tmpdir(), 'loki-beacon-run-'))
  // Some tests run the relay as another user, who has to get to a directory of his own below.
  chmodSync(workDir, 0o711)
  const resultFile = join(workDir, 'result.json')
  const args = [
    '--test',
    `--test-concurrency=${run.concurrency}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(import.meta.dirname, 'resultReporter.ts')}`,
    `--test-reporter-destination=${resultFile}`,
    ...run.files,
  ]
  try {
    const fault = await runGroup(args, { ...run, env: { ...run.env, TMPDIR: workDir } })
    const result = readResult(resultFile)
    if (!result) return { passed: 0, failures: [fault ?? 'node --test ended without a result'], notRun: [] }
    return fault ? { ...result, failures: [...result.failures, fault] } : result
  } finally {
    rmSync(workDir, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Resolves with what went wrong with the run itself. */
function runGroup(args: readonly string[], run: TestRun): Promise<string | undefined> {
  const { cwd, env, silenceLimitMs, signal, show } = run
  return new Promise(resolve => {
    // A process group of its own: what tests started is ended with it.
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let fault: string | undefined

    const end = (why: string) => {
      if (fault) return
      fault = why
      signalGroup(child.pid, 'SIGTERM')
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs).unref()
    }
    const interrupt = () => end('interrupted')
    const watchdog = setTimeout(() => end(`no output for ${silenceLimitMs / 60_000} min: it hangs`), silenceLimitMs)

    signal.addEventListener('abort', interrupt, { once: true })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        watchdog.refresh()
        show(chunk)
      })
    }
    child.once('error', error => end(String(error)))
    child.once('exit', code => {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', interrupt)
      signalGroup(child.pid, 'SIGKILL')
      resolve(fault ?? (code === null ? 'node --test was killed' : undefined))
    })
  })
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

function readResult(file: string): TestResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestResult
  } catch {
    return undefined
  }
}
