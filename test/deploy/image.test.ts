import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePorts } from '../support/freePorts.ts'
import { buildByHand, type Image, inImage } from '../support/imageByHand.ts'
import { startSandboxed } from '../support/sandboxedProcess.ts'
import { wireClient } from '../support/wireClient.ts'

const repository = join(import.meta.dirname, '../..')

test('the image, built in a clean place, runs as its user on a read-only file system, takes batches and serves the SDK', {
  timeout: 600_000,
}, async t => {
  const image = await buildByHand(t, 'relay')
  assert.match(image.user, /^[1-9]\d*:[1-9]\d*$/)
  assert.deepEqual(installed(image), productionPackages())
  assert.equal(existsSync(join(image.root, 'app/relay/src')), false)

  const [port = 0, adminPort = 0] = await freePorts(2)
  const env = {
    ...image.env,
    RELAY_PORT: String(port),
    RELAY_ADMIN_PORT: String(adminPort),
    RELAY_ADMIN_HOST: '0.0.0.0',
    RELAY_KEY: 'pk_shop',
    RELAY_ORIGINS: '*',
  }
  const { RELAY_DATA_DIR: dataDir = '' } = image.env
  const [user, group] = image.user.split(':')
  // As the container's user, where the tester may become another one.
  const asUser =
    process.getuid?.() === 0 ? ['setpriv', '--reuid', user!, '--regid', group!, '--clear-groups', '--no-new-privs'] : []
  const run = (writable: readonly string[], ...command: string[]) => [
    ...asUser,
    ...inImage(image, writable),
    ...command,
  ]
  const ask = (...command: string[]) => execute(run([dataDir], ...command), env)

  for (const place of ['/app', '/tmp', '/usr/local/bin', '/var'])
    assert.notEqual((await ask('touch', `${place}/of-the-relay`)).code, 0, place)
  assert.notEqual((await ask(...image.healthcheck)).code, 0, 'healthy before it runs')

  const url = `http://127.0.0.1:${port}`
  const outputFile = join(image.root, '../output.log')
  const relay = await startSandboxed(run([dataDir], ...image.entrypoint), { env, url, outputFile })
  t.after(() => relay.kill('SIGKILL'))
  assert.equal((await ask(...image.healthcheck)).code, 0)
  const client = wireClient({ url, key: 'pk_shop' })
  assert.equal((await client.deliver(client.batch(3))).accepted, 3)
  const bundle = await fetch(`${url}/sdk/loki-beacon.js`)
  assert.match(await bundle.text(), /lokiBeacon/)

  // An operator's command in the container, as docs/operations.md has it.
  assert.match((await ask('loki-beacon-relay', 'spool', 'stats')).output, /in use by a running relay\n {2}3 records/)
  assert.equal((await relay.kill('SIGTERM')).code, 0)
  assert.notEqual((await ask(...image.healthcheck)).code, 0, 'healthy after its end')
})

/** Without `@scope` folders' insides: names are enough. */
function installed({ root }: Image): string[] {
  return readdirSync(join(root, 'app/node_modules'))
    .filter(name => !name.startsWith('.'))
    .sort()
}

/** What the relay needs while it runs, by the lockfile. */
function productionPackages(): string[] {
  interface Locked {
    dependencies?: Record<string, string>
  }
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const found = new Set<string>()
  const open = Object.keys(packages.relay?.dependencies ?? {})
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    open.push(...Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {}))
  }
  return [...new Set(['loki-beacon-relay', ...[...found].map(name => name.split('/')[0]!)])].sort()
}

async function execute([program = '', ...args]: readonly string[], env: Record<string, string>) {
  return promisify(execFile)(program, args, { env, cwd: '/', timeout: 30_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code ?? -1), output: `${stdout}${stderr}` }),
  )
}
