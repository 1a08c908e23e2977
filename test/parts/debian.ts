import { spawn } from 'node:child_process'
import { findExecutable, type InstallContext } from './part.ts'

/** Installs Debian packages where that needs neither a password nor a question: as root, with apt. */
export async function installDebian(packages: readonly string[], context: InstallContext): Promise<void> {
  const apt = findExecutable(['apt-get'])
  if (!apt || process.getuid?.() !== 0) return
  context.say(`apt-get install ${packages.join(' ')}`)
  // Without an update first, a fresh container image knows no package at all.
  await run(apt, ['update', '-qq'], context)
  await run(apt, ['install', '-y', '-qq', '--no-install-recommends', ...packages], context)
}

function run(command: string, args: readonly string[], { say, signal }: InstallContext): Promise<void> {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      signal,
    })
    child.once('error', error => {
      say(`apt-get ${args[0]}: ${error.message}`)
      resolve()
    })
    // A failure shows in what can't be found afterwards.
    child.once('close', code => {
      if (code !== 0) say(`apt-get ${args[0]} failed with exit code ${code}`)
      resolve()
    })
  })
}
