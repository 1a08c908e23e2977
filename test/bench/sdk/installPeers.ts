import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Installs the SDKs we measure beside, unless they are there as locked. Returns what went wrong, if anything. */
export function installPeers(folder: string, say: (line: string) => void): string | undefined {
  const installed = modifiedMs(join(folder, 'node_modules/.package-lock.json'))
  if (installed > modifiedMs(join(folder, 'package-lock.json'))) return undefined
  say(`\ninstalling the peers: npm ci in ${relative(process.cwd(), folder)}`)
  const { status, stderr, error } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: folder, encoding: 'utf8' })
  if (status === 0) return undefined
  return stderr?.trim().split('\n')[0] || error?.message || 'npm ci failed'
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
