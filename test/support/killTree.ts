import { execFileSync } from 'node:child_process'

/**
 * Ends a program and all that it has started, without a warning and at once, as a crash or the system would.
 * Returns the wall clock of that moment.
 */
export function killTree(root: number): number {
  const pids = [root, ...descendants(root)]
  const atMs = Date.now()
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended since.
    }
  }
  return atMs
}

function descendants(root: number): number[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number) as [number, number])
  const below = (parent: number): number[] =>
    all.filter(([, ppid]) => ppid === parent).flatMap(([pid]) => [pid, ...below(pid)])
  return below(root)
}
