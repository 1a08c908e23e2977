import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'

const run = promisify(execFile)

test('bash completes commands, options and their values, and files where a file is wanted', async t => {
  const complete = await startBash(t)
  assert.deepEqual(await complete('qu'), ['quarantine'])
  assert.deepEqual(await complete('quarantine', ''), ['list', 'show', 'retry', 'purge'])
  assert.deepEqual(await complete('quarantine', 'list', '--ea'), ['--each'])
  // Options of the program itself may stand before.
  assert.deepEqual(await complete('--config', 'relay.yaml', 'spool', ''), ['stats'])
  assert.deepEqual(await complete('completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(await complete('--config', 'rel'), ['relay one.yaml', 'relay two.yaml'])
  assert.deepEqual(await complete('replay', 'relay o'), ['relay one.yaml'])
  // Whatever this is, it is no command.
  assert.deepEqual(await complete('replay', '--key', ''), [])
})

test('each command and option that --help shows is in the script', async () => {
  const script = (await runCommand(['completion', 'bash'])).out
  const helps = await Promise.all(
    [[], ['init'], ['check'], ['replay'], ['quarantine', 'list'], ['quarantine', 'purge'], ['spool', 'stats']].map(
      async command => (await runCommand([...command, '--help'])).out,
    ),
  )
  const words = helps.flatMap(help =>
    [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+|[a-z]+ \[)/gm)].map(([, word]) => word!),
  )
  assert.ok(words.length > 40)
  for (const word of words) assert.ok(script.includes(word.replace(' [', '')), word)
})

test('a shell that there is no script for is refused, with those that there are', async () => {
  const { code, err } = await runCommand(['completion', 'tcsh'])
  assert.equal(code, 2)
  assert.match(err, /Allowed choices are bash, zsh, fish/)
})

/** @returns what a real bash offers for the last word. */
async function startBash(t: TestContext): Promise<(...words: string[]) => Promise<string[]>> {
  const dir = await tempDir(t)
  const { out } = await runCommand(['completion', 'bash'])
  await writeFile(join(dir, 'script.bash'), out)
  for (const name of ['relay one.yaml', 'relay two.yaml']) await writeFile(join(dir, name), '')
  // As bash itself calls it: the function that `complete` has been told of, with the words in place.
  const driver = `source ./script.bash
    [[ $(complete -p loki-beacon-relay) =~ -F\\ ([^ ]+) ]]
    COMP_WORDS=(loki-beacon-relay "$@"); COMP_CWORD=$#
    \${BASH_REMATCH[1]} loki-beacon-relay
    ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`
  return async (...words) => {
    const { stdout } = await run('bash', ['--norc', '--noprofile', '-c', driver, 'bash', ...words], { cwd: dir })
    return stdout.split('\n').filter(Boolean)
  }
}
