import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { analyzeUnit } from '../../support/analyzeUnit.ts'
import { tempDir } from '../../support/tempDir.ts'
import { unitFile } from './readUnit.ts'

const main = join(import.meta.dirname, '../../../relay/dist/main.js')
/** Of ten; what is left is that the relay talks to the network, and that JavaScript is compiled. */
const maxExposure = 1.5

test('systemd understands each line of the unit', async t => {
  // It looks whether the program is there.
  const unit = (await readFile(unitFile, 'utf8')).replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath} ${main}`)
  const file = join(await tempDir(t), 'loki-beacon-relay.service')
  await writeFile(file, unit)
  const { code, output } = await analyzeUnit('verify', '--man=no', file)
  assert.deepEqual({ code, output }, { code: 0, output: '' })
})

test('systemd finds the unit hardened', async () => {
  const threshold = `--threshold=${Math.round(maxExposure * 10)}`
  const { code, output } = await analyzeUnit('security', '--offline=true', '--no-pager', threshold, unitFile)
  assert.equal(code, 0, output)
})
