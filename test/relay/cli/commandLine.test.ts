import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { runCommand, runOnTerminal } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'

const escapeCharacter = String.fromCharCode(27)
const app = { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*' }
const colour = new RegExp(`${escapeCharacter}\\[3[0-9]m`)

describe('exit codes', () => {
  test('2 for a command line that can not be used, with the reason on standard error', async () => {
    for (const [args, reason] of [
      [['chek'], /unknown command 'chek'; did you mean check\?/],
      [['--nope'], /unknown option '--nope'/],
      [['check', 'extra'], /too many arguments/],
      [['replay'], /missing required argument 'file'/],
      [['quarantine'], /Usage: loki-beacon-relay quarantine/],
      [['quarantine', 'show', 'x'], /must be a number/],
      [['init', '--origin', 'shop.example'], /--origin must be an origin such as https:\/\/shop\.example/],
      [['replay', 'x.ndjson', '--rate', '0'], /must be a whole number of records/],
    ] as const) {
      const { code, out, err } = await runCommand(args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, reason)
    }
  })

  test('78 for a configuration that can not be used, 1 for what was tried in vain, 0 for --help', async t => {
    const cwd = await tempDir(t)
    const codes = await Promise.all(
      [
        [['check'], {}],
        [['spool', 'stats'], {}],
        [['check'], { ...app, LOKI_ENDPOINT: 'http://127.0.0.1:9' }],
        [['check', '--help'], {}],
      ].map(([args, env]) => runCommand(args as string[], { env: env as Record<string, string>, cwd })),
    )
    assert.deepEqual(
      codes.map(({ code }) => code),
      [78, 1, 1, 0],
    )
  })

  test('each command has its help, with examples and exit codes', async () => {
    for (const command of [
      'init',
      'check',
      'replay',
      'quarantine',
      'quarantine list',
      'quarantine show',
      'quarantine retry',
      'quarantine purge',
      'spool',
      'spool stats',
      'completion',
    ]) {
      const { code, out } = await runCommand([...command.split(' '), '--help'])
      assert.equal(code, 0, command)
      assert.match(out, /\nExamples:\n {2}loki-beacon-relay /, command)
      assert.match(out, /\nExit codes: 0 done; 1 not done.*; 2 the command line can't be used; 78 the/, command)
    }
  })
})

describe('colours', () => {
  test('none in a pipe, and with FORCE_COLOR there are', async t => {
    const cwd = await tempDir(t)
    const plain = await runCommand(['check'], { env: app, cwd })
    assert.doesNotMatch(plain.out, colour)
    const forced = await runCommand(['check'], { env: { ...app, FORCE_COLOR: '1' }, cwd })
    assert.match(forced.out, colour)
    assert.equal(stripVTControlCharacters(forced.out), plain.out)
    const failed = await runCommand(['spool', 'stats'], { env: { FORCE_COLOR: '1' }, cwd })
    assert.match(failed.err, colour)
    assert.match(stripVTControlCharacters(failed.err), /^error: there is no spool/)
  })

  test('on a terminal, unless NO_COLOR says not', async t => {
    const cwd = await tempDir(t)
    assert.match(await runOnTerminal(['check'], { cwd, env: app }), colour)
    assert.doesNotMatch(await runOnTerminal(['check'], { cwd, env: { ...app, NO_COLOR: '1' } }), colour)
  })

  test('JSON has none, whatever is forced', async t => {
    const { json } = await runCommand(['check', '--json'], {
      env: { ...app, FORCE_COLOR: '1' },
      cwd: await tempDir(t),
    })
    assert.equal(json().findings[0].level, 'ok')
  })
})
