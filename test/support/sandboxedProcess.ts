import { readFile } from 'node:fs/promises'
import { type StartedProcess, startProcess } from './childProcess.ts'
import { waitFor } from './waitFor.ts'

/** A relay that bubblewrap starts as its child. Signals go to the relay: bubblewrap hands none on. */
export async function startSandboxed(
  command: readonly string[],
  options: { env: Record<string, string>; url: string; outputFile: string },
): Promise<StartedProcess> {
  const { env, url, outputFile } = options
  const [program = '', ...args] = command
  const started = await startProcess(program, args, { env, cwd: '/', outputFile })
  await waitFor(async () => started.ended() !== undefined || (await fetch(`${url}/healthz`)).ok, {
    timeoutMs: 20_000,
    everyMs: 20,
    what: `the relay to answer ${url}/healthz`,
  })
  if (started.ended()) throw new Error(`the relay did not start:\n${started.output()}`)
  const pid = Number(await readFile(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8'))
  return {
    ...started,
    pid,
    async kill(signal) {
      const ended = waitFor(() => started.ended() !== undefined, { timeoutMs: 20_000, what: 'the relay to end' })
      if (!started.ended()) process.kill(pid, signal)
      await ended
      return started.ended() ?? { code: null, signal: null }
    },
  }
}
