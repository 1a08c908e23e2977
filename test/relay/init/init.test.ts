import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../../relay/src/config.ts'
import { runCommand } from '../../support/relayCommand.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { tempDir } from '../../support/tempDir.ts'
import { wireClient } from '../../support/wireClient.ts'

const shop = ['--app', 'shop', '--origin', 'https://shop.example,https://*.shop.example']

test('the file starts the relay as it is, and what its script tag names is served and let in', async t => {
  const cwd = await tempDir(t)
  const { code, json, err } = await runCommand(['init', ...shop, '--json'], { cwd })
  assert.deepEqual([code, err], [0, ''])
  const { file, key, scriptTag, next } = json()
  assert.equal(file, 'relay.yaml')
  assert.deepEqual(next, ['loki-beacon-relay check --config relay.yaml', 'loki-beacon-relay --config relay.yaml'])
  const relay = await startRelay({ config: await readFile(join(cwd, file), 'utf8') })
  t.after(() => relay.stop())

  const [, path] = /<script async src="http:\/\/localhost:8080([^"]+)" data-key="(\S+)" data-app="shop">/.exec(
    scriptTag,
  )!
  assert.equal((await fetch(relay.url + path)).status, 200)
  assert.ok(scriptTag.includes(`data-key="${key}"`))
  const page = wireClient({ url: relay.url, key, origin: 'https://www.shop.example' })
  assert.equal((await page.deliver(page.batch(2))).accepted, 2)
  const stranger = wireClient({ url: relay.url, key, origin: 'https://evil.example' })
  assert.equal((await stranger.post(stranger.batch(1))).status, 403)
  // The secret it has made is one that the relay signs with.
  const token = await fetch(`${relay.adminUrl}/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"app":"shop"}',
  })
  assert.equal(token.status, 200)
})

test('what is given stands in the file, whatever characters it has, and next to it what may be changed', async t => {
  const cwd = await tempDir(t)
  const app = `a: "b" #c & <d>'s`
  const given = ['--loki', 'http://loki:3100', '--tenant', 'acme', '--environment', 'yes', '--data-dir', '/var/lib/x y']
  const { code, out } = await runCommand(['init', 'my relay.yaml', '--app', app, ...shop.slice(2), ...given], { cwd })
  assert.equal(code, 0)
  assert.match(out, /data-app="a: &quot;b&quot; #c &amp; &lt;d>'s"/)
  assert.match(out, /--config 'my relay\.yaml'/)
  const file = join(cwd, 'my relay.yaml')
  const { config } = loadConfig({ file, env: {} })
  assert.equal(config.loki?.endpoint, 'http://loki:3100')
  assert.equal(config.spool.dir, '/var/lib/x y')
  const { name, tenant, labels, origins } = config.apps[0]!
  assert.deepEqual([name, tenant, labels.env], [app, 'acme', 'yes'])
  assert.deepEqual(origins, ['https://shop.example', 'https://*.shop.example'])
  // A comment that becomes an option by taking away its sign still is one.
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/^( *)# (limits:| {2}bytesPerDay: .*|trustProxy: .*)$/gm, '$1$2'))
  assert.equal(loadConfig({ file, env: {} }).config.trustProxy, 1)
  assert.equal(loadConfig({ file, env: {} }).config.apps[0]!.limits.bytesPerDay, 20 * 1024 ** 3)
})

test('only its owner can read it, and its key and secret are new each time', async t => {
  const cwd = await tempDir(t)
  const files = ['one.yaml', 'two.yaml']
  for (const file of files) assert.equal((await runCommand(['init', file, ...shop], { cwd })).code, 0)
  const [one, two] = await Promise.all(files.map(async file => parse(await readFile(join(cwd, file), 'utf8')).apps[0]))
  assert.notEqual(one.keys[0], two.keys[0])
  assert.match(one.keys[0], /^pk_shop_[0-9a-z]{12}$/)
  assert.notEqual(one.token.secret, two.token.secret)
  assert.equal(Buffer.from(one.token.secret, 'base64').length, 32)
  assert.equal((await stat(join(cwd, 'one.yaml'))).mode & 0o777, 0o600)
})

test('a file that is there stays as it is, and is overwritten with --force', async t => {
  const cwd = await tempDir(t)
  const file = join(cwd, 'relay.yaml')
  await writeFile(file, 'port: 1\n', { mode: 0o644 })
  const refused = await runCommand(['init', ...shop], { cwd })
  assert.equal(refused.code, 1)
  assert.match(refused.err, /^error: relay\.yaml is there already: give --force/)
  assert.equal(await readFile(file, 'utf8'), 'port: 1\n')
  assert.equal((await runCommand(['init', '--force', ...shop], { cwd })).code, 0)
  assert.match(await readFile(file, 'utf8'), /name: shop/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('without a terminal it asks nothing and says what it has assumed', async t => {
  const cwd = await tempDir(t)
  const { code, out, err } = await runCommand(['init'], { cwd })
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /Its origin is http:\/\/localhost:3000: put those of your pages there/)
  const { config } = loadConfig({ file: join(cwd, 'relay.yaml'), env: {} })
  assert.deepEqual([config.apps[0]!.name, config.loki], ['web', undefined])
})
