import { execFile } from 'node:child_process'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { bubblewrap } from '../parts/bubblewrap.ts'
import type { StartedProcess } from './childProcess.ts'
import { freePorts } from './freePorts.ts'
import { startSandboxed } from './sandboxedProcess.ts'
import { tempDir } from './tempDir.ts'

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
      const started = await startSandboxed([command, ...confinement, process.execPath, main], {
        env: all,
        url,
        outputFile: join(parent, 'output.log'),
      })
      t.after(() => started.kill('SIGKILL'))
      return started
    },
  }
}
