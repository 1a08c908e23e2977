import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface StartedProcess {
  pid: number
  /** All it has printed so far, both streams. */
  output(): string
  /** Set once it has ended. */
  ended(): { code: number | null; signal: NodeJS.Signals | null } | undefined
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/**
 * Starts a program whose end nobody has to wait for: it never keeps the test's own process alive, and it dies with it.
 * Its output goes to a file, since an open pipe would keep the test alive, and a full one would stop the program.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; outputFile: string },
): Promise<StartedProcess> {
  const file = openSync(options.outputFile, 'a')
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', file, file] })
  closeSync(file)
  await once(child, 'spawn')
  child.unref()
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit)
  let ended: { code: number | null; signal: NodeJS.Signals | null } | undefined
  child.once('exit', (code, signal) => {
    ended = { code, signal }
    process.off('exit', killAtExit)
  })
  return {
    pid: pidOf(child),
    output: () => readFileSync(options.outputFile, 'utf8'),
    ended: () => ended,
    async kill(signal) {
      // Referenced again while someone waits: otherwise an idle test would end before the answer.
      child.ref()
      if (!ended) {
        const exit = once(child, 'exit')
        child.kill(signal)
        await exit
      }
      return ended ?? { code: null, signal: null }
    },
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process has no id')
  return child.pid
}
