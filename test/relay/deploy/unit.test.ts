import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../../relay/src/config.ts'
import { listConfigOptions } from '../../../relay/src/configOptions.ts'
import { parseDuration } from '../../../relay/src/configValues.ts'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'
import { readUnit } from './readUnit.ts'

const repository = join(import.meta.dirname, '../../..')
const unit = readUnit()
const environment = new Map(unit.get('Environment')!.map(text => text.split('=') as [string, string]))

test('the unit starts the command of the package, and sets options that the relay knows', () => {
  const { bin } = JSON.parse(readFileSync(join(repository, 'relay/package.json'), 'utf8')) as { bin: object }
  assert.deepEqual(unit.get('ExecStart'), Object.keys(bin))
  const known = new Set(['RELAY_CONFIG', ...listConfigOptions().map(({ env }) => env)])
  for (const name of environment.keys()) assert.ok(known.has(name), name)
})

test('the spool lies in the one directory that the unit lets it write, and the configuration where it is told', () => {
  assert.equal(environment.get('RELAY_DATA_DIR'), `/var/lib/${unit.get('StateDirectory')![0]}`)
  assert.equal(environment.get('RELAY_CONFIG'), `/etc/${unit.get('ConfigurationDirectory')![0]}/relay.yaml`)
  assert.deepEqual(unit.get('ProtectSystem'), ['strict'])
  assert.deepEqual(unit.get('DynamicUser'), ['yes'])
  assert.equal(unit.has('ReadWritePaths'), false)
})

test('it has longer to stop than the relay takes, and reloads by the signal that the relay takes for it', () => {
  const { config } = loadConfig({ env: { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*' } })
  assert.ok(parseDuration(unit.get('TimeoutStopSec')![0]!)! >= config.shutdownTimeoutMs + 10_000)
  assert.deepEqual(unit.get('ExecReload'), ['kill -HUP $MAINPID'])
  // The children of the relay are its threads: SIGTERM is for it alone.
  assert.deepEqual(unit.get('KillMode'), ['mixed'])
})

test('with a configuration or a command line that can not be used it is not started again and again', async () => {
  const ran = await Promise.all([runCommand(['--prot', '1']), runCommand(['--port', 'x'])])
  assert.deepEqual(unit.get('RestartPreventExitStatus'), [ran.map(({ code }) => code).join(' ')])
})

test('a reload before the relay can hear of it does not end it for good', () => {
  assert.deepEqual(unit.get('RestartForceExitStatus'), ['SIGHUP'])
})

test('the configuration that the docs give with the unit can be used', async t => {
  const docs = readFileSync(join(repository, 'docs/operations.md'), 'utf8')
  const [, yaml = ''] = /```yaml\n# \/etc\/loki-beacon\/relay\.yaml\n(.*?)```/s.exec(docs) ?? []
  const file = join(await tempDir(t), 'relay.yaml')
  await writeFile(file, yaml)
  const { config, warnings } = loadConfig({ file, env: Object.fromEntries(environment) })
  assert.equal(config.spool.dir, '/var/lib/loki-beacon')
  assert.equal(config.apps.length, 1)
  assert.deepEqual(warnings, [])
})
