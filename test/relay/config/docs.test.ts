import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { listConfigOptions } from '../../../relay/src/configOptions.ts'
import { appVariables } from '../../../relay/src/configSources.ts'

test('docs/configuration.md has a row for each option with its variable, flag, default and meaning, and no other', async () => {
  const text = await readFile('docs/configuration.md', 'utf8')
  const rows = text
    .slice(text.indexOf('## All options'))
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const expected = listConfigOptions().map(({ path, env, flag, fallback, description }) => {
    const name = path.join('.').replaceAll('.[]', '[]')
    const shown =
      fallback === undefined ? '' : code(typeof fallback === 'object' ? JSON.stringify(fallback) : String(fallback))
    return `| ${code(name)} | ${env ? code(env) : ''} | ${flag ? code(flag) : ''} | ${shown} | ${description} |`
  })
  assert.deepEqual(rows, expected)
  for (const variable of Object.keys(appVariables)) assert.ok(text.includes(`| \`${variable}\` |`), variable)
})

function code(value: string): string {
  return `\`${value}\``
}
