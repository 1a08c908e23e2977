import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface RunningRelay {
  /** Resolves once it listens; rejects with what it said if it ends before. */
  ready: Promise<void>
  ended: Promise<void>
  /** Lets it finish what it has; called again, ends it at once. */
  stop(): void
}

/** What the demo reads of the relay's log; `port` is in the line that says it listens. */
interface LogLine {
  level: string
  msg?: string
  reason?: string
  port?: number
}

const main = fileURLToPath(new URL('../relay/dist/main.js', import.meta.url))
const toldLevels = ['warn', 'error', 'fatal']

/** The built relay as a process of its own. Its warnings go to `tell`, in words. */
export function runRelay(env: NodeJS.ProcessEnv, tell: (line: string) => void): RunningRelay {
  if (!existsSync(main)) throw new Error('the relay is not built: run `npm start`, which builds it first')
  // In a process group of its own: Ctrl-C in a terminal goes to the whole group, and the relay would get it twice.
  const child = spawn(process.execPath, [main], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const killAtExit = () => void child.kill('SIGKILL')
  process.on('exit', killAtExit)
  const said: string[] = []
  const ready = Promise.withResolvers<void>()
  const ended = new Promise<void>(resolve => {
    child.on('error', error => ready.reject(error))
    child.on('close', () => {
      process.off('exit', killAtExit)
      ready.reject(new Error(said.join('\n') || 'the relay ended without a word'))
      resolve()
    })
  })
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', line => {
      const entry = parse(line)
      if (entry?.port !== undefined) return ready.resolve()
      if (entry && !toldLevels.includes(entry.level)) return
      const text = entry ? [entry.msg, entry.reason].filter(Boolean).join(': ') : line
      said.push(text)
      if (said.length > 20) said.shift()
      tell(text)
    })
  return { ready: ready.promise, ended, stop: () => void child.kill('SIGTERM') }
}

function parse(line: string): LogLine | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'level' in entry ? (entry as LogLine) : undefined
  } catch {
    return undefined
  }
}
