import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startRelay } from '../support/relayProcess.ts'
import { wireClient } from '../support/wireClient.ts'
import { install, type PackedPackage, pack } from './installed.ts'
import { checkPublishedText } from './publishedText.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const dir = mkdtempSync(join(tmpdir(), 'loki-beacon-relay-'))
const project = join(dir, 'project')
const installed = join(project, 'node_modules/loki-beacon-relay')
const program = join(project, 'node_modules/.bin/loki-beacon-relay')
let packed: PackedPackage

before(async () => {
  packed = await pack('relay', dir)
  await install(packed, project)
})
after(() => rmSync(dir, { recursive: true, force: true }))

test('the package holds the build, a systemd unit, its README and the licence, and nothing else', () => {
  const beside = packed.files.filter(path => !path.startsWith('dist/'))
  assert.deepEqual(beside, ['LICENSE', 'README.md', 'deploy/loki-beacon-relay.service', 'package.json'])
  assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(repository, 'LICENSE'), 'utf8'))
  assert.deepEqual(checkPublishedText(installed, packed.files), [])
})

test('its command tells its version', async () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'relay/package.json'), 'utf8')) as { version: string }
  const { stdout } = await run(process.execPath, [program, '--version'])
  assert.equal(stdout.trim(), version)
})

test('installed on its own it accepts a batch, and serves the SDK', async t => {
  const relay = await startRelay({
    program,
    env: { RELAY_KEY: 'pk_installed', RELAY_ORIGINS: '*', SERVICE_NAME: 'shop' },
  })
  t.after(() => relay.stop())
  const client = wireClient({ url: relay.url, key: 'pk_installed' })
  const { accepted } = await client.deliver(client.batch(3))
  assert.equal(accepted, 3)
  const bundle = await fetch(`${relay.url}/sdk/v1/loki-beacon.js`)
  assert.equal(bundle.status, 200)
  assert.match(await bundle.text(), /lokiBeacon/)
})
