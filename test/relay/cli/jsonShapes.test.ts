import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'
import { startOperatedRelay } from '../operator/operatedRelay.ts'

test('what --json prints has the shape that docs/cli.md shows', async t => {
  const shown = await shownShapes()
  const { relay, log, run, settled, loki } = await startOperatedRelay(t)
  await log('bad 1', 'bad 2')
  await settled(2)
  loki.always(() => ({ status: 401, text: 'no such user' }))
  await log('good 1')
  const cwd = await tempDir(t)
  await writeFile(join(cwd, 'old.ndjson'), '{"message":"one"}\n{oops\n')
  const listed = (await run('quarantine', 'list', '--each', '--json')).out.split('\n')[0]!
  const id = String(JSON.parse(listed).id)
  const replayed = ['replay', 'old.ndjson', '--url', relay.url, '--key', 'pk_shop', '--json']
  // Below a file there is no directory, for root neither.
  const dir = join(cwd, 'old.ndjson', 'data')
  const failing = { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', RELAY_PROT: '1', RELAY_DATA_DIR: dir }

  const printed: Record<string, string> = {
    init: (await runCommand(['init', '--app', 'shop', '--json'], { cwd })).out,
    check: (await runCommand(['check', '--json'], { cwd, env: failing })).out,
    replay: (await runCommand(replayed, { cwd })).out,
    'quarantine list': (await run('quarantine', 'list', '--json')).out,
    'quarantine list --each': listed,
    'quarantine show': (await run('quarantine', 'show', id, '--json')).out,
    'spool stats': (await run('spool', 'stats', '--json')).out,
    'quarantine retry': (await run('quarantine', 'retry', id, '--json')).out,
    'quarantine purge': (await run('quarantine', 'purge', '--all', '--yes', '--json')).out,
  }
  // The example shows a failure, which has all the fields.
  const { warnings, findings } = JSON.parse(printed.check!)
  const failedFirst = findings.filter((finding: { level: string }) => finding.level === 'failed')
  printed.check = JSON.stringify({ warnings, findings: failedFirst })

  assert.deepEqual([...shown.keys()].sort(), Object.keys(printed).sort())
  for (const [command, text] of Object.entries(printed)) {
    assert.equal(text.trimEnd().split('\n').length, 1, `${command}: one line`)
    assert.deepEqual(shapeOf(JSON.parse(text)), shapeOf(shown.get(command)), command)
  }
})

/** By command: the JSON blocks of the document. */
async function shownShapes(): Promise<Map<string, unknown>> {
  const text = await readFile(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
  return new Map(
    [...text.matchAll(/^<!-- json: ([^\n]+) -->\n```json\n(.*?)^```$/gms)].map(([, command, json]) => [
      command!,
      JSON.parse(json!),
    ]),
  )
}

/** Names in their order, and types; of a list, those of its first item. What the values are named by is theirs. */
function shapeOf(value: unknown, name = ''): unknown {
  if (name === 'line' || name === 'metadata') return typeof value
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item, key)]))
}
