import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { billOfMaterials } from './billOfMaterials.ts'
import { pack } from './installed.ts'

const repository = join(import.meta.dirname, '../..')

if (import.meta.main) {
  const dir = join(repository, 'release')
  run('npm', ['run', '--silent', 'build'])
  run('npm', ['run', '--silent', 'check'])
  rmSync(dir, { recursive: true, force: true })
  for (const file of await writeRelease(dir)) console.log(join('release', file))
}

/**
 * What a release consists of: both packages as they are built now, what each brings along (CycloneDX), and the checksums
 * of all, as `sha256sum --check SHA256SUMS` reads them. Nothing is published.
 */
export async function writeRelease(dir: string): Promise<string[]> {
  mkdirSync(dir, { recursive: true })
  const files: string[] = []
  for (const workspace of ['sdk', 'relay'] as const) {
    const tarball = basename((await pack(workspace, dir)).tarball)
    const sbom = tarball.replace(/\.tgz$/, '.cdx.json')
    const materials = await billOfMaterials(repository, workspace)
    writeFileSync(join(dir, sbom), `${JSON.stringify(materials, null, 2)}\n`)
    files.push(tarball, sbom)
  }
  const sums = files.map(file => `${sha256(join(dir, file))}  ${file}\n`).join('')
  writeFileSync(join(dir, 'SHA256SUMS'), sums)
  return [...files, 'SHA256SUMS']
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: repository, stdio: 'inherit' })
}
