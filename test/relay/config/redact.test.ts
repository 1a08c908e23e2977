import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type AppConfig, loadConfig } from '../../../relay/src/config.ts'
import { decodeNative } from '../../../relay/src/decode/decodeNative.ts'
import { decodeEntry } from '../../../relay/src/entry.ts'
import { createProcess } from '../../../relay/src/process/process.ts'
import { allRules, defaultRedact } from '../../../relay/src/redactRules.ts'
import { tempDir } from '../../support/tempDir.ts'

const mail = 'jane@mail.example'
const address = '203.0.113.7'
const card = '4111111111111111'

test('an app says which rules it wants, and the relay what holds for the others', async t => {
  const cases: [redact: string, kept: string[]][] = [
    ['', [address]],
    ['redact: true', [address]],
    ['redact: false', [mail, address, card]],
    ['redact: { email: false, ip: true }', [mail]],
    ['redact: [card]', [mail, address]],
    ['redact: []', [mail, address, card]],
    ["redact: { custom: [{ name: host, pattern: '203[.][0-9.]+' }] }", []],
    ['redact: { keys: [text] }', []],
  ]
  for (const [redact, kept] of cases) assert.deepEqual(await keptOf(t, redact), kept, redact)
  assert.deepEqual(await keptOf(t, '', 'redact: false'), [mail, address, card], 'of the relay')
  assert.deepEqual(await keptOf(t, 'redact: true', 'redact: false'), [address], 'the app has the last word')
  assert.deepEqual(await keptOf(t, 'redact: false', 'redact: true'), [mail, address, card], 'the app has the last word')
})

const refused: [redact: string, message: string][] = [
  [
    'maybe',
    'apps[0].redact must be true, false, a list of the rules that are on, or rules with their switches such as { ip: true }; it is "maybe"',
  ],
  ['{ emails: true }', 'apps[0].redact.emails is no option; did you mean email?'],
  ['{ email: maybe }', 'apps[0].redact.email must be true or false; it is "maybe"'],
  [
    '[mail]',
    `apps[0].redact[0] must be a list of rules; they are ${allRules.map(({ name }) => name).join(', ')}; it is "mail"`,
  ],
  [
    "{ custom: [{ name: a, pattern: '(?=a)' }] }",
    `apps[0].redact.custom[0].pattern can't be used: lookaround and backreferences need more than linear time and are not there; write it without; it is "(?=a)"`,
  ],
  [
    "{ custom: [{ name: email, pattern: 'a' }] }",
    'apps[0].redact.custom[0].name is that of a rule of the relay; take another; it is "email"',
  ],
  ['{ custom: [{ name: a }] }', 'apps[0].redact.custom[0].pattern is missing: it must be a regular expression as text'],
  ['{ keys: secret }', 'apps[0].redact.keys must be a list of keys, such as [customerNumber]; it is "secret"'],
]
for (const [redact, message] of refused)
  test(`redact: ${redact} is refused, with its place and what is right`, async t => {
    await assert.rejects(configOf(t, `redact: ${redact}`), (error: Error) => {
      assert.equal(error.message.split('\n')[1]?.replace(/^ {2}\S+: /, ''), message)
      return true
    })
  })

test('docs/configuration.md has a row for each rule of redaction, with its default and meaning, and no other', async () => {
  const text = await readFile('docs/configuration.md', 'utf8')
  const section = text.slice(text.indexOf('## Redaction'), text.indexOf('## ', text.indexOf('## Redaction') + 3))
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  assert.deepEqual(
    rows,
    allRules.map(
      ({ name, byDefault, description }) => `| \`${name}\` | ${byDefault ? 'on' : 'off'} | ${description} |`,
    ),
  )
  assert.ok(defaultRedact.rules.length > 5)
})

/** What of the three is still there in a record of an app with this configuration. */
async function keptOf(t: TestContext, redact: string, ofRelay = ''): Promise<string[]> {
  const { apps, redact: whole } = await configOf(t, redact, ofRelay)
  const app = apps[0] as AppConfig
  const header = { v: 1, batch: '0193e4f2a7b17c3d9e5f', sentAtMs: 1 }
  const record = {
    n: 1,
    t: 1,
    kind: 'log',
    level: 'info',
    message: 'm',
    attributes: { text: `${mail} ${address} ${card}` },
  }
  const body = Buffer.from(`${JSON.stringify(header)}\n${JSON.stringify(record)}`)
  const batch = await decodeNative(body, { maxRecords: 1, maxRecordBytes: 10_000, receivedAtMs: 1 })
  const [final] = await createProcess({ apps, redact: whole })(app, batch)
  const { line } = decodeEntry(final!.body)
  return [mail, address, card].filter(text => line.includes(text))
}

async function configOf(t: TestContext, redact: string, ofRelay = '') {
  const file = join(await tempDir(t), 'relay.yaml')
  const app = ['name: shop', 'keys: [pk_shop]', "origins: ['*']", redact].filter(Boolean)
  await writeFile(file, `${ofRelay}\napps:\n  - ${app.join('\n    ')}\n`)
  return loadConfig({ file, env: {} }).config
}
