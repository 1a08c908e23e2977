import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeInFish } from '../../support/fishShell.ts'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'

test('fish completes commands, options and values', async t => {
  const dir = await tempDir(t)
  const { out } = await runCommand(['completion', 'fish'])
  await writeFile(join(dir, 'relay.yaml'), '')
  const complete = (typed: string) => completeInFish(out, `loki-beacon-relay ${typed}`, dir)
  assert.deepEqual((await complete('quarantine ')).sort(), ['list', 'purge', 'retry', 'show'])
  assert.deepEqual(await complete('comp'), ['completion'])
  assert.deepEqual(await complete('quarantine list --ea'), ['--each'])
  assert.deepEqual((await complete('completion ')).sort(), ['bash', 'fish', 'zsh'])
  assert.deepEqual(await complete('replay rel'), ['relay.yaml'])
})
