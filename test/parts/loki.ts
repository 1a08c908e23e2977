import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findExecutable, type InstallContext, type Part } from './part.ts'

/** What the tests were written against; keep in step with `test/loki/go.mod`. */
export const lokiVersion = '3.7.8'

const image = `grafana/loki:${lokiVersion}`
const moduleDir = join(import.meta.dirname, '../loki')
const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'loki-beacon', `loki-${lokiVersion}`)
const cached = join(cacheDir, 'loki')

/** The program; a running Loki in LOKI_URL serves only the tests that never stop it. */
export const loki: Part = {
  name: `Loki ${lokiVersion}`,
  find: () => findExecutable([process.env.LOKI_BIN, 'loki', cached]),
  async install(context) {
    mkdirSync(cacheDir, { recursive: true })
    // Into place in one step: a build that was interrupted must not be taken for a Loki.
    const workDir = mkdtempSync(join(cacheDir, 'get-'))
    try {
      const made = join(workDir, 'loki')
      if ((await copyFromImage(made, context)) || (await build(made, context))) renameSync(made, cached)
    } finally {
      rmSync(workDir, { recursive: true, force: true })
    }
  },
  howToGet:
    `put a \`loki\` ${lokiVersion} on PATH or name it in LOKI_BIN (https://github.com/grafana/loki/releases), ` +
    'or start Docker, or install Go 1.26 or newer (https://go.dev/dl/): then it is fetched or built for you',
}

/** The image's own program runs as it is on Linux: it is linked statically. */
async function copyFromImage(target: string, { say, signal }: InstallContext): Promise<boolean> {
  const docker = process.platform === 'linux' && findExecutable(['docker'])
  if (!docker) return false
  const run = promisify(execFile)
  try {
    // Fails at once where no daemon answers.
    await run(docker, ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 })
    say(`taking the program out of the Docker image ${image}`)
    const { stdout } = await run(docker, ['create', image], { signal })
    const container = stdout.trim().split('\n').at(-1) ?? ''
    try {
      await run(docker, ['cp', `${container}:/usr/bin/loki`, target])
    } finally {
      await run(docker, ['rm', container])
    }
    return findExecutable([target]) !== undefined
  } catch {
    return false
  }
}

async function build(target: string, { say, signal }: InstallContext): Promise<boolean> {
  const go = findExecutable(['go', '/usr/local/go/bin/go'])
  if (!go) return false
  say('building it with Go: about 8 minutes on two cores, once; the result is kept in the cache')
  // Without symbols the program is a third smaller.
  const args = ['build', '-buildvcs=false', '-ldflags=-s -w', '-v', '-o', target, 'github.com/grafana/loki/v3/cmd/loki']
  return new Promise(resolve => {
    const child = spawn(go, args, {
      cwd: moduleDir,
      env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    })
    const progress = reportProgress(child.stderr, say)
    child.once('error', () => resolve(false))
    child.once('close', code => {
      progress.stop()
      if (code !== 0) say(`go build failed with exit code ${code}: ${progress.lastLines().join(' | ')}`)
      resolve(code === 0)
    })
  })
}

/** `go build -v` names each package when it is done, some 1,800 in all: one line every 30 s says how far it is. */
function reportProgress(stream: NodeJS.ReadableStream, say: (line: string) => void) {
  let lines = 0
  let tail: string[] = []
  stream.setEncoding('utf8')
  stream.on('data', chunk => {
    const added = String(chunk).split('\n').filter(Boolean)
    lines += added.length
    tail = [...tail, ...added].slice(-5)
  })
  const timer = setInterval(() => say(`${lines} steps, now ${tail.at(-1) ?? 'starting'}`), 30_000)
  return { stop: () => clearInterval(timer), lastLines: () => tail }
}
