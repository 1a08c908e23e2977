import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLoki } from '../support/realLoki.ts'
import { runCommand } from '../support/relayCommand.ts'
import { tempDir } from '../support/tempDir.ts'
import { repository } from './manifests.ts'

test('`check` finds nothing wrong with the Loki that compose starts', async t => {
  const dir = await tempDir(t)
  const configFile = join(dir, 'loki.yaml')
  const text = await readFile(join(repository, 'deploy/loki/loki.yaml'), 'utf8')
  // Where compose mounts the rules.
  await mkdir(join(dir, 'rules/fake'), { recursive: true })
  await copyFile(join(repository, 'deploy/grafana/rules/loki.yaml'), join(dir, 'rules/fake/loki-beacon.yaml'))
  await writeFile(configFile, text.replaceAll(/(?<= )\/(loki|rules)\b/g, `${dir}/$1`))
  const loki = await startLoki({ configFile })
  t.after(() => loki.stop())
  const relayConfig = join(dir, 'relay.yaml')
  await writeFile(relayConfig, `apps: [{ name: shop, keys: [pk_shop], origins: ['*'] }]`)
  const { code, out } = await runCommand([
    'check',
    '--json',
    '--config',
    relayConfig,
    '--loki',
    loki.url,
    '--data-dir',
    join(dir, 'spool'),
  ])
  const { findings } = JSON.parse(out) as { findings: { level: string; text: string }[] }
  assert.match(findings.map(({ text }) => text).join(), /a test record was pushed and read back/)
  assert.deepEqual(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  assert.equal(code, 0)
  const rules = (await (await fetch(`${loki.url}/prometheus/api/v1/rules`)).json()) as {
    data: { groups: { name: string }[] }
  }
  assert.ok(rules.data.groups.length > 0, 'the ruler has the rules')
})
