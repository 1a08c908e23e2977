import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'
import { completeInZsh } from '../../support/zshShell.ts'

test('zsh completes commands, options and values', async t => {
  const dir = await tempDir(t)
  const { out } = await runCommand(['completion', 'zsh'])
  await writeFile(join(dir, 'relay.yaml'), '')
  for (const [typed, got] of [
    ['comp', 'completion'],
    ['quarantine pu', 'quarantine purge'],
    ['quarantine list --ea', 'quarantine list --each'],
    ['completion f', 'completion fish'],
    ['--config rel', '--config relay.yaml'],
  ])
    assert.equal(await completeInZsh(out, `loki-beacon-relay ${typed}`, dir), `loki-beacon-relay ${got}`)
})
