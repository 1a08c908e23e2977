import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { bubblewrap } from '../parts/bubblewrap.ts'
import { type StartedProcess, startProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { tempDir } from './tempDir.ts'
import { waitFor } from './waitFor.ts'

export interface ConfinedRelay {
  url: string
  adminUrl: string
  dataDir: string
  start(): Promise<StartedProcess>
  /** Another program as the same user, in the same file system. */
  run(program: string, ...args: string[]): Promise<{ code: number; output: string }>
  /** A command of the relay there. */
  command(...args: string[]): Promise<{ code: number; output: string }>
}

const main = join(import.meta.dirname, '../../relay/dist/main.js')
/** `nobody`, where the test runs as root; otherwise the tester is ordinary enough. */
const uid = 65534

/**
 * The relay as its systemd unit confines it: no root, no capability, and a root file system that can't be written but
 * for the data directory. Without `writable` not even that.
 */
export async function confineRelay(
  t: TestContext,
  env: Record<string, string>,
  { writable = true }: { writable?: boolean } = {},
): Promise<ConfinedRelay> {
  const program = bubblewrap.find()
  if (!program) throw new Error(`${bubblewrap.name} is missing: ${bubblewrap.howToGet}`)
  const asRoot = process.getuid?.() === 0
  const parent = await tempDir(t)
  await chmod(parent, 0o755)
  const dataDir = join(parent, 'data')
  await mkdir(dataDir)
  if (asRoot) await chown(dataDir, uid, uid)
  const [port = 0, adminPort = 0] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const [command = '', ...confinement] = [
    ...(asRoot ? ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups', '--no-new-privs'] : []),
    ...[program, '--ro-bind', '/', '/', '--dev', '/dev', '--die-with-parent'],
    ...(writable ? ['--bind', dataDir, dataDir] : []),
    '--',
  ]
  const all = {
    PATH: process.env.PATH ?? '',
    RELAY_HOST: '127.0.0.1',
    RELAY_PORT: String(port),
    RELAY_ADMIN_PORT: String(adminPort),
    RELAY_DATA_DIR: dataDir,
    ...env,
  }
  const run = (...args: string[]) =>
    new Promise<{ code: number; output: string }>(resolve => {
      execFile(command, [...confinement, ...args], { env: all, cwd: '/', timeout: 30_000 }, (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, output: `${out}${err}` }),
      )
    })
  return {
    url,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    dataDir,
    run,
    command: (...args) => run(process.execPath, main, ...args),
    async start() {
      const args = [...confinement, process.execPath, main]
      const started = await startProcess(command, args, { env: all, cwd: '/', outputFile: join(parent, 'output.log') })
      t.after(() => started.kill('SIGKILL'))
      await waitFor(async () => started.ended() !== undefined || (await fetch(`${url}/healthz`)).ok, {
        timeoutMs: 20_000,
        everyMs: 20,
        what: `the relay to answer ${url}/healthz`,
      })
      if (started.ended()) throw new Error(`the relay did not start:\n${started.output()}`)
      // bubblewrap itself waits for its child, and hands no signal on.
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
    },
  }
}
