import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const sources = [
  'sdk/src',
  'sdk/src/**',
  'relay/src',
  'relay/src/**',
  'demo/*.ts',
  'rollup.config.mjs',
  'tsconfig.json',
  '{sdk,relay}/{package,tsconfig}.json',
]
const results = ['sdk/dist/index.js', 'relay/dist/main.js', 'demo/dist/shop.js']

/** Builds when a source is newer than what was built from it. Returns what went wrong, if anything. */
export function buildWhenStale(repository: string, say: (line: string) => void): string | undefined {
  const built = Math.min(...results.map(path => modifiedMs(join(repository, path))))
  // A folder's own time tells of files that were deleted.
  const changed = globSync(sources, { cwd: repository }).map(path => modifiedMs(join(repository, path)))
  if (built > Math.max(...changed)) return undefined
  say('building')
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: repository,
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `${stdout}${stderr}`.trim() || 'the build failed'
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
