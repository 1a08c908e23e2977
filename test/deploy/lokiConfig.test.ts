import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../relay/operator/operatedRelay.ts'
import { startLoki } from '../support/realLoki.ts'
import { tempDir } from '../support/tempDir.ts'
import { repository } from './manifests.ts'

test('`check` finds nothing wrong with the Loki that compose starts', async t => {
  const dir = await tempDir(t)
  const configFile = join(dir, 'loki.yaml')
  const text = await readFile(join(repository, 'deploy/loki/loki.yaml'), 'utf8')
  await writeFile(configFile, text.replaceAll('/loki', `${dir}/loki`))
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
  const findings = JSON.parse(out) as { level: string; text: string }[]
  assert.match(findings.map(({ text }) => text).join(), /a test record was pushed and read back/)
  assert.deepEqual(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  assert.equal(code, 0)
})
