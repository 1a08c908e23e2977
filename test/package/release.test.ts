import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir } from '../support/tempDir.ts'
import type { BillOfMaterials } from './billOfMaterials.ts'
import { writeRelease } from './release.ts'

const repository = join(import.meta.dirname, '../..')

test('a release has both packages, a bill of materials of each, and checksums that are right', async t => {
  const dir = await tempDir(t)
  const files = await writeRelease(dir)
  const versions = ['sdk', 'relay'].map(workspace => readJson(join(repository, workspace, 'package.json')).version)
  const [sdk, relay] = [`loki-beacon-${versions[0]}`, `loki-beacon-relay-${versions[1]}`]
  assert.deepEqual(files, [`${sdk}.tgz`, `${sdk}.cdx.json`, `${relay}.tgz`, `${relay}.cdx.json`, 'SHA256SUMS'])
  const checked = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: dir, encoding: 'utf8' })
  assert.equal(checked.match(/: OK$/gm)?.length, 4)
  assert.deepEqual(namesIn(join(dir, `${sdk}.cdx.json`)), ['idb-keyval', 'web-vitals'])
})

test('a bill of materials names what the relay runs with: all of it as it is installed, and nothing else', async t => {
  const dir = await tempDir(t)
  await writeRelease(dir)
  const { version, dependencies } = readJson(join(repository, 'relay/package.json'))
  const bill: BillOfMaterials = readJson(join(dir, `loki-beacon-relay-${version}.cdx.json`))
  assert.equal(bill.metadata.component['bom-ref'], `loki-beacon-relay@${version}`)
  const open = Object.keys(dependencies as object)
  const installed = new Map<string, string>()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (installed.has(name)) continue
    const manifest = readJson(join(repository, 'node_modules', name, 'package.json'))
    installed.set(name, manifest.version)
    open.push(...Object.keys(manifest.dependencies ?? {}))
    assert.ok(!existsSync(join(repository, 'node_modules', name, 'node_modules')), `${name} brings another version`)
  }
  const listed = new Map(bill.components.map(item => [item['bom-ref'].replace(/@[^@]+$/, ''), item.version]))
  assert.deepEqual([...listed].sort(), [...installed].sort())
  for (const { name, hashes } of bill.components) assert.equal(hashes?.[0]?.alg, 'SHA-512', name)
})

function namesIn(file: string): string[] {
  return (readJson(file) as BillOfMaterials).components.map(({ name }) => name).sort()
}

// biome-ignore lint/suspicious/noExplicitAny: asserted field by field
function readJson(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'))
}
