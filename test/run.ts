import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bubblewrap } from './parts/bubblewrap.ts'
import { caddy } from './parts/caddy.ts'
import { chromium } from './parts/chromium.ts'
import { firefox } from './parts/firefox.ts'
import { fish } from './parts/fish.ts'
import { libfaketime } from './parts/libfaketime.ts'
import { loki } from './parts/loki.ts'
import { nginx } from './parts/nginx.ts'
import { prometheus } from './parts/prometheus.ts'
import { smallDisks } from './parts/smallDisks.ts'
import { systemdAnalyze } from './parts/systemdAnalyze.ts'
import { webkit } from './parts/webkit.ts'
import { zsh } from './parts/zsh.ts'
import { buildWhenStale } from './runner/buildWhenStale.ts'
import { type MissingPart, provideParts } from './runner/provideParts.ts'
import type { TestResult } from './runner/resultReporter.ts'
import { runTests } from './runner/runTests.ts'
import { findTestFiles, type TestFile } from './runner/testFiles.ts'
import { type OwnLoki, startLoki } from './support/realLoki.ts'

const usage = 'usage: npm test [-- [--long] [path...]]'
const repository = join(import.meta.dirname, '..')
const startedMs = performance.now()
const minuteMs = 60_000

const parts = {
  loki,
  lokiProgram: loki,
  bubblewrap,
  systemdAnalyze,
  zsh,
  fish,
  smallDisks,
  libfaketime,
  nginx,
  caddy,
  prometheus,
  chromium,
  firefox,
  webkit,
}

process.exitCode = await main()

/** `npm test`: gets what is needed, builds, checks, and runs all tests, or those under the given paths. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { long: { type: 'boolean' } }, allowPositionals: true })
  const files = findTestFiles(repository, positionals)
  if (files.length === 0) {
    console.error(`no test file under ${positionals.join(', ')}\n${usage}`)
    return 1
  }
  const interrupt = abortOnSignal()
  const { runnable, missing } = await provideParts(files, parts, { say, signal: interrupt })
  const failures: string[] = []
  if (interrupt.aborted) return conclude(0, ['interrupted'], missing)

  const buildFault = buildWhenStale(repository, say)
  if (buildFault) failures.push(`build: ${buildFault}`)
  if (positionals.length === 0 && !checks()) failures.push('npm run check')

  const shared = needsSharedLoki(runnable) ? await startShared(failures) : undefined
  const result = await runAll(runnable, {
    env: { ...process.env, ...(shared && { LOKI_URL: shared.url }), ...(values.long && { LONG: '1' }) },
    silenceLimitMs: values.long ? 120 * minuteMs : 10 * minuteMs,
    signal: interrupt,
  })
  await shared?.stop()

  if (interrupt.aborted && !result.failures.includes('interrupted')) failures.push('interrupted')
  failures.push(...result.failures, ...result.notRun.map(name => `not run, and no test may be skipped: ${name}`))
  return conclude(result.passed, failures, missing)
}

async function runAll(
  files: readonly TestFile[],
  options: { env: NodeJS.ProcessEnv; silenceLimitMs: number; signal: AbortSignal },
): Promise<TestResult> {
  const total: TestResult = { passed: 0, failures: [], notRun: [] }
  const rounds = [
    { name: 'together', concurrency: Math.min(availableParallelism(), 4), files: files.filter(file => !file.serial) },
    { name: 'one after the other', concurrency: 1, files: files.filter(file => file.serial) },
  ]
  for (const round of rounds) {
    if (round.files.length === 0 || options.signal.aborted) continue
    say(`${round.files.length} test files, ${round.name}`)
    const paths = round.files.map(({ path }) => path)
    const result = await runTests({ files: paths, concurrency: round.concurrency, cwd: repository, show, ...options })
    total.passed += result.passed
    total.failures.push(...result.failures)
    total.notRun.push(...result.notRun)
  }
  return total
}

/** The last lines are what people read. */
function conclude(passed: number, failures: readonly string[], missing: readonly MissingPart[]): number {
  const inCi = Boolean(process.env.CI) && process.env.CI !== 'false'
  console.log('')
  for (const failure of failures) console.log(`FAILED   ${failure.replace(`${repository}/`, '')}`)
  for (const { part, leftOut, reduced } of missing) {
    console.log(`MISSING  ${part.name}: ${part.howToGet}`)
    for (const path of leftOut) console.log(`         left out for it: ${path}`)
    for (const path of reduced) console.log(`         run without it:  ${path}`)
  }
  const failed = failures.length > 0 || (inCi && missing.length > 0)
  const verdict = failed ? 'FAILED' : missing.length > 0 ? 'passed, but not complete' : 'passed'
  say(`${verdict}: ${passed} tests passed, ${failures.length} failures, ${missing.length} parts missing`)
  return failed ? 1 : 0
}

async function startShared(failures: string[]): Promise<OwnLoki | undefined> {
  try {
    const shared = await startLoki()
    say(`Loki listens at ${shared.url}`)
    return shared
  } catch (error) {
    failures.push(`Loki: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

function needsSharedLoki(files: readonly TestFile[]): boolean {
  return !process.env.LOKI_URL && files.some(({ needs }) => needs.has('loki'))
}

function checks(): boolean {
  say('checks')
  return spawnSync(process.execPath, ['test/check.ts'], { cwd: repository, stdio: 'inherit' }).status === 0
}

/** The first signal ends what was started, in order; the second ends this at once. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130)
      say(`${signal}: ending what was started`)
      controller.abort()
    })
  }
  return controller.signal
}

function show(chunk: Uint8Array): void {
  process.stdout.write(chunk)
}

function say(line: string): void {
  console.log(`[${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s] ${line}`)
}
