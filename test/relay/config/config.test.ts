import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { loadConfig } from '../../../relay/src/config.ts'
import { ConfigError } from '../../../relay/src/configError.ts'
import type { ConfigInput } from '../../../relay/src/configSources.ts'
import { tempDir } from '../../support/tempDir.ts'

const oneApp = { RELAY_KEY: 'pk_shop_web', RELAY_ORIGINS: 'https://shop.example' }

describe('the environment alone configures one app', () => {
  test('with every variable of it', () => {
    const { config, warnings } = loadConfig({
      env: {
        ...oneApp,
        RELAY_KEY: 'pk_shop_web, pk_shop_next',
        RELAY_ORIGINS: 'https://shop.example, https://*.shop.example',
        SERVICE_NAME: 'shop',
        ENVIRONMENT: 'production',
        APP_VERSION: '1.4.2',
        LOKI_ENDPOINT: 'https://logs.example/prefix/loki/api/v1/push',
        LOKI_TENANT_ID: 'shop-prod',
        LOKI_USERNAME: 'user',
        LOKI_AUTH_TOKEN: 'secret',
        LOKI_BATCH_SIZE: '500',
        LOKI_FLUSH_INTERVAL: '1.5s',
        LOKI_TIMEOUT: '1m30s',
        LOKI_MAX_RETRIES: '3',
        LOKI_RETRY_DELAY: '250ms',
        LOKI_SETTLE: '75s',
        LOKI_AUDIT_WINDOW: '0',
        RELAY_PORT: '0',
        RELAY_ADMIN_PORT: '9000',
        RELAY_ADMIN_HOST: '0.0.0.0',
        RELAY_HOST: '127.0.0.1',
        RELAY_DATA_DIR: '/var/lib/relay',
        RELAY_TRUST_PROXY: '10.0.0.0/8, loopback',
        RELAY_SPOOL_MAX_BYTES: '64 MiB',
        RELAY_SPOOL_MAX_SHARE: '50%',
        RELAY_SPOOL_MAX_AGE: '7d',
      },
    })
    assert.deepEqual(warnings, [])
    const { limits, ...rest } = config
    assert.equal(limits.maxBodyBytes, 2 * 1024 * 1024)
    assert.deepEqual(rest, {
      host: '127.0.0.1',
      port: 0,
      admin: { host: '0.0.0.0', port: 9000 },
      trustProxy: ['10.0.0.0/8', 'loopback'],
      loki: {
        endpoint: 'https://logs.example/prefix',
        username: 'user',
        token: 'secret',
        batchSize: 500,
        flushIntervalMs: 1500,
        timeoutMs: 90_000,
        retryDelayMs: 250,
        settleMs: 75_000,
        auditWindowMs: 0,
        auditIntervalMs: 0,
      },
      spool: { dir: '/var/lib/relay', maxBytes: 64 * 1024 * 1024, maxShare: 0.5, maxAgeMs: 7 * 24 * 3600_000 },
      redact: true,
      shutdownTimeoutMs: 10_000,
      logLevel: 'info',
      apps: [
        {
          name: 'shop',
          keys: ['pk_shop_web', 'pk_shop_next'],
          tenant: 'shop-prod',
          release: '1.4.2',
          labels: { service_name: 'shop', app: 'shop', env: 'production' },
          labelKeys: {},
          maxStreams: 250,
          origins: ['https://shop.example', 'https://*.shop.example'],
          line: 'json',
          limits: {
            perClient: { requestsPerSecond: 200, bytesPerSecond: 10 * 1024 * 1024 },
            perSession: {},
          },
        },
      ],
    })
  })

  test('with the defaults where nothing is said', () => {
    const { config } = loadConfig({ env: oneApp })
    assert.equal(config.port, 8080)
    assert.deepEqual(config.admin, { host: '127.0.0.1', port: 9464 })
    assert.equal(config.loki, undefined, 'standalone')
    assert.equal(config.trustProxy, 0, 'nobody is believed')
    assert.equal(config.apps[0]!.tenant, 'default')
    assert.equal(config.apps[0]!.name, 'app')
    const { loki } = loadConfig({ env: { ...oneApp, LOKI_ENDPOINT: 'http://loki:3100/' } }).config
    assert.deepEqual(loki, {
      endpoint: 'http://loki:3100',
      username: undefined,
      token: undefined,
      batchSize: 1000,
      flushIntervalMs: 1000,
      timeoutMs: 60_000,
      retryDelayMs: 100,
      settleMs: 6000,
      auditWindowMs: 600_000,
      auditIntervalMs: 0,
    })
  })

  test('an empty variable counts as none', () => {
    const { config } = loadConfig({ env: { ...oneApp, LOKI_ENDPOINT: '', RELAY_PORT: '', SERVICE_NAME: '' } })
    assert.equal(config.loki, undefined)
    assert.equal(config.port, 8080)
  })

  test('with the secret of its tokens, or the file of it', async t => {
    const secret = 'canary-of-32-characters-and-more'
    const file = await secretFile(t, `${secret}\n`)
    for (const env of [{ RELAY_TOKEN_SECRET: secret }, { RELAY_TOKEN_SECRET_FILE: file }]) {
      const { config, warnings } = loadConfig({ env: { ...oneApp, SERVICE_NAME: 'shop', ...env } })
      const { required, audience, keys } = config.apps[0]!.token!
      assert.deepEqual([required, audience, [...keys.keys()], warnings], [true, 'shop', [undefined], []])
      // Not even by mistake: a dump of the configuration holds no secret.
      assert.ok(!inspect(config, { depth: 9, showHidden: true }).includes(secret))
      assert.ok(!JSON.stringify(config).includes(secret))
    }
  })

  test('with a secret out of a file', async t => {
    const file = join(await tempDir(t), 'token')
    await writeFile(file, 'from-a-file\n')
    const { config } = loadConfig({ env: { ...oneApp, LOKI_ENDPOINT: 'http://loki', LOKI_AUTH_TOKEN_FILE: file } })
    assert.equal(config.loki!.token, 'from-a-file')
  })
})

describe('file, environment and flags', () => {
  test('each wins over the one before', async t => {
    const file = await writeConfig(t, 'port: 1\nadmin: { port: 2 }\nlogLevel: warn\n')
    const { config } = loadConfig({
      file,
      env: { ...oneApp, RELAY_PORT: '11', RELAY_ADMIN_PORT: '12' },
      flags: { '--port': '21' },
    })
    assert.deepEqual([config.port, config.admin.port, config.logLevel], [21, 12, 'warn'])
  })

  test('a file lists apps; an app of the environment joins them', async t => {
    const file = await writeConfig(
      t,
      `
loki: { endpoint: http://loki:3100, tenant: all }
apps:
  - name: shop
    keys: [pk_shop_web, pk_shop_old]
    tenant: shop-prod
    labels: { env: production, team: web }
    labelKeys: { release: ['1.4.2'], plan: { max: 20 } }
    origins: [ 'https://shop.example' ]
  - { name: blog, keys: [pk_blog], environment: test, origins: ['*'] }`,
    )
    const { apps } = loadConfig({ file, env: { ...oneApp, RELAY_KEY: 'pk_env', SERVICE_NAME: 'third' } }).config
    assert.deepEqual(
      apps.map(({ name, tenant, labels }) => ({ name, tenant, labels })),
      [
        {
          name: 'shop',
          tenant: 'shop-prod',
          labels: { service_name: 'shop', app: 'shop', env: 'production', team: 'web' },
        },
        { name: 'blog', tenant: 'all', labels: { service_name: 'blog', app: 'blog', env: 'test' } },
        { name: 'third', tenant: 'all', labels: { service_name: 'third', app: 'third' } },
      ],
    )
  })
})

test('limits of an app, each of which may be off', async t => {
  const file = await writeConfig(
    t,
    limitsOf('recordsPerSecond: 500, recordsPerDay: off, bytesPerDay: 5GiB, perClient: { requestsPerSecond: off }'),
  )
  const { limits } = loadConfig({ file, env: {} }).config.apps[0]!
  assert.deepEqual(limits, {
    recordsPerSecond: 500,
    recordsPerDay: undefined,
    bytesPerDay: 5 * 1024 ** 3,
    perClient: { requestsPerSecond: undefined, bytesPerSecond: 10 * 1024 ** 2 },
    perSession: {},
  })
})

describe('what cannot be used is refused with source, field and mend', () => {
  const cases: [what: string, input: ConfigInput, ...says: RegExp[]][] = [
    ['no app at all', { env: {} }, /RELAY_KEY .*pk_shop_web.*RELAY_ORIGINS.*--config/],
    [
      'no origins',
      { env: { RELAY_KEY: 'pk_shop_web' } },
      /RELAY_ORIGINS.*apps\[0\]\.origins is missing.*https:\/\/shop\.example/,
    ],
    [
      'a port that is none',
      env({ RELAY_PORT: '808x' }),
      /environment variable RELAY_PORT: port must be a whole number.*"808x"/,
    ],
    ['a port out of range', env({ RELAY_PORT: '70000' }), /0 to 65535; it is "70000"/],
    ['a port set by Kubernetes', env({ RELAY_PORT: 'tcp://10.1.2.3:8080' }), /enableServiceLinks/],
    ['a flag', { env: oneApp, flags: { '--port': 'x' } }, /flag --port: port must be/],
    [
      'a duration without unit',
      env({ LOKI_FLUSH_INTERVAL: '1000' }),
      /LOKI_FLUSH_INTERVAL: loki\.flushInterval .*100ms, 1s/,
    ],
    ['a time-out below its bound', env({ LOKI_TIMEOUT: '10ms' }), /from 1s to 10m; it is "10ms"/],
    ['a size', env({ RELAY_SPOOL_MAX_BYTES: '1x' }), /spool\.maxBytes .*512KiB/],
    ['an age', env({ RELAY_SPOOL_MAX_AGE: '10s' }), /spool\.maxAge must be a duration.*from 1m to 365d, or off.*"10s"/],
    ['a share', env({ RELAY_SPOOL_MAX_SHARE: '0.5' }), /spool\.maxShare must be a percentage such as 80%.*"0\.5"/],
    [
      'an endpoint without scheme',
      env({ LOKI_ENDPOINT: 'loki:3100' }),
      /LOKI_ENDPOINT: loki\.endpoint .*http:\/\/loki:3100/,
    ],
    [
      'audits that come too late',
      env({ LOKI_AUDIT_INTERVAL: '10m' }),
      /LOKI_AUDIT_INTERVAL: loki\.auditInterval must be shorter than loki\.auditWindow/,
    ],
    ['a user without password', env({ LOKI_USERNAME: 'me' }), /LOKI_USERNAME: loki\.username needs a password/],
    ['a tenant with a bar', env({ LOKI_TENANT_ID: 'a|b' }), /loki\.tenant must be a tenant id/],
    ['an origin with a path', env({ RELAY_ORIGINS: 'https://a.example/x' }), /did you mean https:\/\/a\.example\?/],
    ['an origin with a slash', env({ RELAY_ORIGINS: 'https://a.example/' }), /did you mean https:\/\/a\.example\?/],
    ['an origin without scheme', env({ RELAY_ORIGINS: 'a.example' }), /such as https:\/\/a\.example/],
    ['a star in the middle', env({ RELAY_ORIGINS: 'https://a.*.example' }), /first labels/],
    ['a whole top-level domain', env({ RELAY_ORIGINS: 'https://*.com' }), /top-level domain/],
    ['the null origin', env({ RELAY_ORIGINS: 'null' }), /sandboxed/],
    ['a proxy that is no address', env({ RELAY_TRUST_PROXY: 'everybody' }), /RELAY_TRUST_PROXY.*loopback/],
    [
      'a secret and its file',
      env({ LOKI_AUTH_TOKEN: 'a', LOKI_AUTH_TOKEN_FILE: 'b' }),
      /LOKI_AUTH_TOKEN_FILE.*keep one/,
    ],
    [
      'a secret file that is not there',
      env({ LOKI_AUTH_TOKEN_FILE: '/nowhere/x' }),
      /LOKI_AUTH_TOKEN_FILE: names \/nowhere\/x.*ENOENT/,
    ],
    [
      'a configuration file that is not there',
      { env: oneApp, file: '/nowhere/relay.yaml' },
      /\/nowhere\/relay\.yaml.*ENOENT/,
    ],
  ]
  for (const [what, input, ...says] of cases)
    test(what, () => {
      for (const pattern of says) assert.throws(() => loadConfig(input), isConfigError(pattern))
    })

  const files: [what: string, yaml: string, ...says: RegExp[]][] = [
    ['a misspelt option', 'loki: { endpont: x }', /relay\.yaml: loki\.endpont is no option; did you mean endpoint\?/],
    ['an option in place of a group of them', 'admin: 9464', /relay\.yaml: admin must be options.*the number 9464/],
    ['an alias without its anchor', 'port: *port', /relay\.yaml: has an alias .*write the value itself/],
    ['aliases that multiply', billionLaughs(), /relay\.yaml: has an alias .*too many of them/],
    ['a negative number of proxies', 'trustProxy: -1', /trustProxy must be .*; it is the number -1/],
    ['a trust in everybody', "trustProxy: ['10.0.0.0/8', '::/0']", /trustProxy\[1\] must not be everybody/],
    ['an unknown option', 'frobnicate: 1', /relay\.yaml: frobnicate is no option; there are host, port, .*, apps$/m],
    ["two letters in each other's place", 'prot: 1', /relay\.yaml: prot is no option; did you mean port\?$/m],
    [
      'a bare *',
      'apps: [{ origins: [*] }]',
      /line 1, column 20: is not valid YAML \(BAD_ALIAS\): .*quote it: \['\*'\]/,
    ],
    ['a pattern without quotes', 'apps: [{ origins: [*.shop.example] }]', /alias .*in quotes where it begins with \*/],
    ['a tab', 'admin:\n\tport: 1', /\(TAB_AS_INDENT\): .*indent with spaces/],
    ['a name twice', 'port: 1\nport: 2', /line 2, column 1: .*\(DUPLICATE_KEY\): .*is there twice; keep one/],
    [
      'a misspelt option of an app',
      'apps: [{ name: a, keys: [pk_a_b], origin: [x] }]',
      /apps\[0\]\.origin .*did you mean origins/,
    ],
    [
      'a key in place of a list',
      'apps: [{ name: a, keys: pk_a_b, origins: ["*"] }]',
      /apps\[0\]\.keys must be a list.*"pk_a_b"/,
    ],
    [
      'a label of the relay itself',
      'apps: [{ name: a, keys: [pk_a_b], origins: ["*"], labels: { kind: x } }]',
      /labels\.kind is set by the relay/,
    ],
    [
      'a label with a dash',
      'apps: [{ name: a, keys: [pk_a_b], origins: ["*"], labels: { a-b: x } }]',
      /a-b must be a label name/,
    ],
    [
      'a label twice',
      'apps: [{ name: a, keys: [pk_a_b], origins: ["*"], labels: { x: y }, labelKeys: { x: [z] } }]',
      /fixed label/,
    ],
    [
      'two apps of one name',
      'apps: [{ name: a, keys: [pk_1], origins: ["*"] }, { name: a, keys: [pk_2], origins: ["*"] }]',
      /apps\[1\]\.name is "a"/,
    ],
    [
      'one key for two apps',
      'apps: [{ name: a, keys: [pk_1], origins: ["*"] }, { name: b, keys: [pk_1], origins: ["*"] }]',
      /apps\[1\]\.keys\[0\] belongs to the app "a"/,
    ],
    [
      'a key twice, once disabled',
      'apps: [{ name: a, keys: [pk_1, { key: pk_1, disabled: true }], origins: ["*"] }]',
      /apps\[0\]\.keys\[1\] belongs to the app "a" already: list each key once/,
    ],
    [
      'a disabled key of another app',
      'apps: [{ name: a, keys: [{ key: pk_1, disabled: true }], origins: ["*"] }, { name: b, keys: [pk_1], origins: ["*"] }]',
      /apps\[1\]\.keys\[0\] belongs to the app "a"/,
    ],
    [
      'a misspelt switch of a key',
      'apps: [{ name: a, keys: [{ key: pk_1, disable: true }], origins: ["*"] }]',
      /apps\[0\]\.keys\[0\]\.disable is no option/,
    ],
    [
      'a switch that is neither on nor off',
      'apps: [{ name: a, keys: [{ key: pk_1, disabled: perhaps }], origins: ["*"] }]',
      /apps\[0\]\.keys\[0\].*must be (a key|true or false)/,
    ],
    ['a token without a key', tokenYaml('{ required: true }'), /apps\[0\]\.token needs a key .*openssl rand/],
    [
      'a short secret',
      tokenYaml('{ secret: short }'),
      /token\.secret must be a text of at least 32 characters.*; it is a text of 5/,
    ],
    [
      'a secret and its file at once',
      tokenYaml(`{ secret: ${'x'.repeat(32)}, secretFile: /x }`),
      /apps\[0\]\.token has several: set one of secret, secretFile and publicKeyFile/,
    ],
    [
      'a secret file that is not there',
      tokenYaml('{ secretFile: /nowhere/x }'),
      /apps\[0\]\.token\.secretFile names \/nowhere\/x, which can't be read \(ENOENT\)/,
    ],
    [
      'a public key that is none',
      tokenYaml('{ keys: [{ kid: a, publicKeyFile: /dev/null }] }'),
      /token\.keys\[0\]\.publicKeyFile names \/dev\/null, which must hold a public key/,
    ],
    ['a key without kid', tokenYaml('{ keys: [{ secretFile: /x }] }'), /token\.keys\[0\]\.kid is missing/],
    ['a key without key', tokenYaml('{ keys: [{ kid: a }] }'), /token\.keys\[0\] has no key: set one of secret/],
    [
      'a kid twice',
      tokenYaml(`{ keys: [{ kid: a, secret: ${'x'.repeat(32)} }, { kid: a, secret: ${'y'.repeat(32)} }] }`),
      /token\.keys\[1\]\.kid is that of an earlier key/,
    ],
    ['a misspelt secret', tokenYaml('{ secert: x }'), /token\.secert is no option; did you mean secret\?/],
    [
      'an unbounded label',
      'apps: [{ name: a, keys: [pk_1], origins: ["*"], labelKeys: { x: { max: 100000 } } }]',
      /labelKeys\.x.*100/,
    ],
    [
      'a rate that is none',
      limitsOf('recordsPerSecond: many'),
      /limits\.recordsPerSecond must be a whole number from 1 to 10000000, or off; it is "many"/,
    ],
    [
      'a rate of nothing',
      limitsOf('perClient: { requestsPerSecond: 0 }'),
      /limits\.perClient\.requestsPerSecond .*from 1 /,
    ],
    ['a quota without unit', limitsOf('bytesPerDay: 1000'), /limits\.bytesPerDay must be a size such as .*, or off/],
    [
      'a misspelt limit',
      limitsOf('recordPerDay: 1'),
      /limits\.recordPerDay is no option; did you mean recordsPerDay\?/,
    ],
    [
      'an exempt client that is none',
      'limits: { exemptClients: [office] }',
      /exemptClients\[0\] must be an IP address/,
    ],
    ['no YAML', 'apps: [}', /relay\.yaml line 1, column \d+: is not valid YAML/],
    ['a list at the top', '- a', /must be options with values/],
  ]
  for (const [what, yaml, ...says] of files)
    test(what, async t => {
      const file = await writeConfig(t, yaml)
      for (const pattern of says) assert.throws(() => loadConfig({ file, env: {} }), isConfigError(pattern))
    })

  test('all problems are told at once', () => {
    assert.throws(
      () => loadConfig(env({ RELAY_PORT: 'x', RELAY_ADMIN_PORT: 'y', LOKI_TIMEOUT: 'z' })),
      (error: ConfigError) => error.problems.length === 3,
    )
  })

  test('secrets are in no message', async t => {
    const canary = 'canary-5b7e'
    const broken = await writeConfig(t, `port: [${canary}`)
    const wrong = await writeConfig(t, `loki: { token: [${canary}], username: { a: ${canary} }, endpoint: ${canary} }`)
    const tokens = [
      canary,
      `{ secret: ${canary} }`,
      `[${canary}]`,
      `{ keys: ${canary} }`,
      `{ keys: [${canary}] }`,
      `{ keys: [{ kid: a, secret: ${canary} }] }`,
      `{ keys: [{ kid: a, secret: { ${canary}: 1 } }] }`,
      `{ secretFile: ${await secretFile(t, canary)} }`,
      `{ keys: [{ kid: a, publicKeyFile: ${await secretFile(t, `-----BEGIN PUBLIC KEY-----\n${canary}`)} }] }`,
      `{ secret: ${canary.repeat(4)}, secretFile: /x }`,
    ]
    const inputs: ConfigInput[] = [
      ...(await Promise.all(tokens.map(async token => ({ file: await writeConfig(t, tokenYaml(token)), env: {} })))),
      env({ RELAY_TOKEN_SECRET: canary }),
      env({ RELAY_TOKEN_SECRET: canary.repeat(4), RELAY_TOKEN_SECRET_FILE: '/x' }),
      env({ LOKI_ENDPOINT: `http://user:${canary}@loki:3100` }),
      env({ LOKI_ENDPOINT: `${canary}@loki:3100` }),
      env({ LOKI_USERNAME: canary }),
      env({ LOKI_AUTH_TOKEN: canary, LOKI_AUTH_TOKEN_FILE: '/x' }),
      { file: broken, env: oneApp },
      { file: wrong, env: oneApp },
    ]
    for (const input of inputs)
      assert.throws(
        () => loadConfig(input),
        (error: Error) => error instanceof ConfigError && !error.message.includes(canary),
      )
  })

  test('an app whose keys are all disabled is off, which is worth a warning', async t => {
    const file = await writeConfig(t, 'apps: [{ name: a, keys: [{ key: pk_1, disabled: true }], origins: ["*"] }]')
    const { config, warnings } = loadConfig({ file, env: {} })
    assert.deepEqual(config.apps[0]!.keys, [])
    assert.deepEqual(warnings, ['the app "a" is off: all of its keys are disabled'])
  })

  test("variables of an app of the environment do nothing to the file's apps, which is worth a warning", async t => {
    const file = await writeConfig(t, 'apps: [{ name: a, keys: [pk_1], origins: ["https://a.example"] }]')
    const origins = { RELAY_ORIGINS: 'https://b.example' }
    assert.deepEqual(loadConfig({ file, env: { ...origins, SERVICE_NAME: 'of-the-platform' } }).warnings, [
      'environment variable RELAY_ORIGINS has no effect without RELAY_KEY: the apps are those of the file',
    ])
    const { config, warnings } = loadConfig({ file, env: { ...origins, RELAY_KEY: 'pk_2' } })
    assert.deepEqual(warnings, [])
    assert.deepEqual(
      config.apps.map(app => [app.name, app.file]),
      [
        ['a', file],
        ['app', undefined],
      ],
    )
  })

  test('a near miss of a variable is worth a warning, those of an orchestrator are not', () => {
    const { warnings } = loadConfig(env({ RELAY_ORIGIN: 'x', LOKI_PORT_3100_TCP: 'y', RELAY_SERVICE_HOST: 'z' }))
    assert.deepEqual(warnings, ['environment variable RELAY_ORIGIN is not known; did you mean RELAY_ORIGINS?'])
  })
})

function tokenYaml(token: string): string {
  return `apps: [{ name: a, keys: [pk_1], origins: ["*"], token: ${token} }]`
}

async function secretFile(t: TestContext, text: string): Promise<string> {
  const file = join(await tempDir(t), 'secret')
  await writeFile(file, text)
  return file
}

function env(more: Record<string, string>): ConfigInput {
  return { env: { ...oneApp, ...more } }
}

function limitsOf(limits: string): string {
  return `apps: [{ name: a, keys: [pk_1], origins: ["*"], limits: { ${limits} } }]`
}

function isConfigError(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, pattern)
    return true
  }
}

async function writeConfig(t: TestContext, yaml: string): Promise<string> {
  const file = join(await tempDir(t), 'relay.yaml')
  await writeFile(file, yaml)
  return file
}

function billionLaughs(): string {
  const lines = Array.from({ length: 10 }, (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1},`.repeat(9) : 'ha'}]`)
  return lines.join('\n')
}
