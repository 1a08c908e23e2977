import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const repository = join(import.meta.dirname, '../..')
const run = promisify(execFile)

export interface PackedPackage {
  tarball: string
  /** Its files, as npm lists them. */
  files: string[]
}

/** Packs a workspace as `npm publish` would. */
export async function pack(workspace: 'sdk' | 'relay', dir: string): Promise<PackedPackage> {
  const { stdout } = await npm(['pack', '--json', '--pack-destination', dir], join(repository, workspace))
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  if (!packed) throw new Error(`npm pack printed ${stdout}`)
  return { tarball: join(dir, packed.filename), files: packed.files.map(({ path }) => path).sort() }
}

/** A new project with nothing but this package and what it brings. */
export async function install({ tarball }: PackedPackage, project: string): Promise<void> {
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
  // What `npm ci` fetched for the repository is in npm's cache.
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', tarball], project)
}

function npm(args: readonly string[], cwd: string): Promise<{ stdout: string }> {
  // npm hands its own settings to what it runs: `npm test` must not decide how this one behaves.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  return run('npm', args, { cwd, env, maxBuffer: 1 << 26 })
}
