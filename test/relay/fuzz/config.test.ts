import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import express from 'express'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { createAuthenticate } from '../../../relay/src/auth/authenticate.ts'
import { createLimits } from '../../../relay/src/auth/limits.ts'
import { type LoadedConfig, loadConfig } from '../../../relay/src/config.ts'
import { ConfigError } from '../../../relay/src/configError.ts'
import { listConfigOptions } from '../../../relay/src/configOptions.ts'
import { appVariables, type ConfigInput } from '../../../relay/src/configSources.ts'
import { createProcess } from '../../../relay/src/process/process.ts'
import { tempDir } from '../../support/tempDir.ts'
import { changed } from './anyBytes.ts'
import { corpus, fuzz } from './fuzz.ts'

const canary = 'canary-9e41'
const options = listConfigOptions()
const secrets = ['LOKI_USERNAME', 'LOKI_AUTH_TOKEN', 'RELAY_TOKEN_SECRET']
const files = ['LOKI_AUTH_TOKEN_FILE', 'RELAY_TOKEN_SECRET_FILE']
const variables = [...options.flatMap(({ env }) => env ?? []), ...Object.keys(appVariables)]

const anyScalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' ',
    'off',
    '0',
    '-1',
    '1',
    8080,
    1.5,
    -1,
    1e21,
    '1e9',
    '10s',
    '2MiB',
    '9'.repeat(400),
  ),
  fc.constantFrom(
    '*',
    'pk_a',
    'https://a.example',
    'https://*.a',
    'http://[::1',
    'fe80::1%lo',
    '10.0.0.0/8',
    '::/0',
    '1.2.3.4/33',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '\0',
    '\ud800',
    '/',
    '../..',
    'http://a:b@c',
    'a|b',
    '{',
    '\u202e',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double(),
)
const anyValue = fc.oneof(
  { depthSize: 'small' },
  anyScalar,
  fc.array(anyScalar, { maxLength: 3 }),
  fc.object({ maxDepth: 2 }),
)
const goodApp = { name: 'good', keys: ['pk_good'], origins: ['https://good.example'] }

const anyEnvironment = fc
  .dictionary(fc.constantFrom(...variables, ...files), anyScalar.map(String), { maxKeys: 2 })
  .map(env => {
    const hidden = Object.entries(env).map(([name, value]) => [name, secrets.includes(name) ? canary + value : value])
    return { RELAY_KEY: 'pk_shop', RELAY_ORIGINS: '*', ...Object.fromEntries(hidden) } as Record<string, string>
  })

/** A file with a good app, and some options that have any value. */
const anyFile = fc
  .array(fc.tuple(fc.constantFrom(...options.map(({ path }) => path)), anyValue), { minLength: 1, maxLength: 3 })
  .map(changes => {
    const file: Record<string, unknown> = { apps: [structuredClone(goodApp)] }
    for (const [path, value] of changes) setAt(file, path, value)
    return Buffer.from(stringify(file, { aliasDuplicateObjects: false }))
  })
const ofCorpus = fc.constantFrom(...corpus('configs')).map(text => Buffer.from(text))
const anyText = fc.oneof(anyFile, changed(anyFile, 2), changed(ofCorpus, 2))

const anyFlags = fc.dictionary(fc.constantFrom(...options.flatMap(({ flag }) => flag ?? [])), anyScalar.map(String), {
  maxKeys: 1,
})

test('any file, environment and flags are a configuration that can be served, or an error that names source, field and fix', async t => {
  const file = join(await tempDir(t), 'relay.yaml')
  const prototype = Object.getOwnPropertyNames(Object.prototype)
  const input = fc.record({ text: fc.option(anyText, { nil: undefined }), env: anyEnvironment, flags: anyFlags })
  let usable = 0
  let refused = 0
  await fuzz(t, { share: 0.2 }, input, ({ text, env, flags }) => {
    if (text) writeFileSync(file, text)
    const loaded = load({ file: text && file, env, flags })
    if (loaded) serve(loaded)
    if (loaded) usable++
    else refused++
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototype)
  })
  t.diagnostic(`${usable} usable`)
  assert.ok(usable > 10 && refused > 10, `${usable} usable, ${refused} refused`)
})

function load(input: ConfigInput): LoadedConfig | undefined {
  try {
    return loadConfig(input)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    assert.ok(error.problems.length > 0)
    for (const { source, field, text } of error.problems) {
      assert.ok(source.length > 0 && text.length > 10, `${source} ${field} ${text}`)
      const ofFile = source === input.file || source.startsWith(`${input.file} line `)
      const ofAll = /there is no app|is set beside|can't be read/.test(text)
      assert.ok(field || ofFile || ofAll, `names no field: ${source}: ${text}`)
      assert.doesNotMatch(
        text,
        /^(Invalid|Too|Unrecognized|Expected)|undefined|\[object/,
        'these are not our own words',
      )
    }
    assert.ok(!error.message.includes(canary), error.message)
    return undefined
  }
}

/** As the relay does at its start, without its sockets and disk. */
function serve({ config, warnings }: LoadedConfig): void {
  assert.ok(!warnings.join().includes(canary))
  const { apps, redact, limits, trustProxy } = config
  const { app } = createAuthenticate(apps)(apps[0]!.keys[0] ?? '', 'https://a.example')
  createLimits()
    .clients(limits.exemptClients)
    .enter(app ?? apps[0]!, '203.0.113.1', 5)
  createProcess({ apps, redact })
  express().set('trust proxy', trustProxy)
  for (const value of [config.port, config.spool.maxBytes, config.shutdownTimeoutMs, limits.maxBodyBytes])
    assert.ok(Number.isSafeInteger(value) && value >= 0, `${value}`)
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = target
  for (const [i, step] of path.entries()) {
    const name = step === '[]' ? '0' : step
    if (i === path.length - 1) node[name] = value
    else if (typeof node[name] !== 'object' || node[name] === null) node[name] = path[i + 1] === '[]' ? [] : {}
    node = node[name] as Record<string, unknown>
  }
}
