import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeOldNode, neededMajor } from '../../../relay/src/nodeVersion.ts'
import { connectLoki } from '../../support/realLoki.ts'
import { relayProgram } from '../../support/relayCommand.ts'
import { tempDir } from '../../support/tempDir.ts'
import { waitFor } from '../../support/waitFor.ts'
import { wireClient } from '../../support/wireClient.ts'
import { startScriptedLoki } from '../upstream/scriptedLoki.ts'

const main = join(import.meta.dirname, '../../../relay/src/main.ts')
const app = {
  RELAY_KEY: 'pk_shop',
  RELAY_ORIGINS: '*',
  RELAY_PORT: '0',
  RELAY_ADMIN_PORT: '0',
  RELAY_HOST: '127.0.0.1',
}

const tokenSecret = 'canary-of-32-characters-and-more'

describe('the program', () => {
  test('says in one line where it listens and what it does, and never with what credentials', async t => {
    const secrets = { LOKI_USERNAME: 'canary-user', LOKI_AUTH_TOKEN: 'canary-token', RELAY_TOKEN_SECRET: tokenSecret }
    const relay = await start(t, { ...app, LOKI_ENDPOINT: 'http://127.0.0.1:9/loki/api/v1/push', ...secrets })
    const line = await relay.listening()
    assert.equal(line.mode, 'forwarding')
    assert.equal(line.loki, '127.0.0.1:9')
    assert.equal((await fetch(`http://127.0.0.1:${line.port}/healthz`)).status, 200)
    assert.equal((await fetch(`http://127.0.0.1:${line.adminPort}/ready`)).status, 200)
    assert.ok(!relay.output().includes('canary'))
  })

  test('SIGTERM: stops cleanly with exit code 0', async t => {
    const relay = await start(t, app)
    assert.equal((await relay.listening()).mode, 'standalone')
    relay.child.kill('SIGTERM')
    assert.equal(await relay.ended, 0)
    assert.match(relay.output(), /"msg":"stopped"/)
  })

  test('SIGTERM: who holds a connection and asks for nothing holds up neither the end nor what is stored', async t => {
    const loki = await startScriptedLoki(t)
    const relay = await start(t, { ...app, LOKI_ENDPOINT: loki.url, LOKI_FLUSH_INTERVAL: '30s' })
    const { port } = await relay.listening()
    const page = wireClient({ url: `http://127.0.0.1:${port}`, key: 'pk_shop' })
    await page.deliver(page.batch(1))
    const silent = connect(port, '127.0.0.1')
    const half = connect(port, '127.0.0.1', () => half.write('POST /v1/i/pk_shop HTTP/1.1\r\nHost:'))
    t.after(() => [silent, half].map(socket => socket.on('error', () => undefined).destroy()))
    await Promise.all([once(silent, 'connect'), once(half, 'connect')])
    const startMs = performance.now()
    relay.child.kill('SIGTERM')
    assert.equal(await relay.ended, 0)
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < 5000, `${tookMs} ms`)
    assert.equal(loki.stored().length, 1)
  })

  test('SIGTERM: while a request takes its time the others are pushed, and then what it brings', async t => {
    const loki = await startScriptedLoki(t)
    const relay = await start(t, { ...app, LOKI_ENDPOINT: loki.url, LOKI_FLUSH_INTERVAL: '30s' })
    const { port } = await relay.listening()
    const page = wireClient({ url: `http://127.0.0.1:${port}`, key: 'pk_shop' })
    await page.deliver(page.batch(1))
    const slow = page.post(page.batch(1), { pauseMs: 3000 })
    await sleep(500)
    relay.child.kill('SIGTERM')
    await waitFor(() => loki.stored().length === 1, { timeoutMs: 2000, what: 'the first to be pushed' })
    loki.always(() => ({ delayMs: 1000 }))
    assert.equal((await slow).status, 202)
    assert.equal(await relay.ended, 0)
    assert.equal(loki.stored().length, 2)
  })

  const needsProc = {
    skip: process.platform === 'linux' ? false : 'only Linux tells what signals a process listens to',
  }

  test('SIGHUP while it starts: it starts, and reloads then', needsProc, async t => {
    const relay = await start(t, app)
    // Before that nothing can listen: the signal has to wait for Node itself.
    await waitFor(() => hearsHangup(relay.child.pid!), { timeoutMs: 10_000, everyMs: 1, what: 'it to hear the signal' })
    assert.equal(relay.output(), '')
    relay.child.kill('SIGHUP')
    await relay.listening()
    await waitFor(() => relay.output().includes('"msg":"configuration reloaded"'), {
      timeoutMs: 5000,
      what: 'it to reload',
    })
    assert.equal(relay.output().match(/configuration reloaded/g)?.length, 1)
  })

  test('SIGHUP ends the other commands, which go with their terminal', async t => {
    const asked = Promise.withResolvers<void>()
    const server = createServer(() => asked.resolve()).listen(0, '127.0.0.1')
    t.after(() => server.close().closeAllConnections())
    await once(server, 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const check = await start(t, { ...app, LOKI_ENDPOINT: endpoint }, ['check'])
    await asked.promise
    check.child.kill('SIGHUP')
    await check.ended
    assert.equal(check.child.signalCode, 'SIGHUP')
  })

  test('a second signal ends it at once', async t => {
    const relay = await start(t, { ...app, RELAY_SHUTDOWN_TIMEOUT: '1m' })
    const { port } = await relay.listening()
    // A request that does not end keeps the first stop waiting.
    const controller = new AbortController()
    t.after(() => controller.abort())
    const body = new ReadableStream({ start: stream => stream.enqueue(new Uint8Array(10)) })
    fetch(`http://127.0.0.1:${port}/v1/i/pk_shop`, {
      method: 'POST',
      body,
      duplex: 'half',
      signal: controller.signal,
    } as RequestInit).catch(() => undefined)
    await new Promise(resolve => setTimeout(resolve, 200))
    relay.child.kill('SIGINT')
    await waitFor(() => relay.output().includes('a second signal'), {
      timeoutMs: 5000,
      what: 'the first signal to be seen',
    })
    relay.child.kill('SIGINT')
    assert.equal(await relay.ended, 130)
  })

  test('a bad configuration: exit code 78 and words, not a stack', async t => {
    const relay = await start(t, { RELAY_PORT: '99999' })
    assert.equal(await relay.ended, 78)
    assert.match(relay.output(), /environment variable RELAY_PORT: port must be a whole number from 0 to 65535/)
    assert.doesNotMatch(relay.output(), / at .*\.ts:/)
  })

  test('a token secret that is too short: exit code 78, and not a word of it', async t => {
    const relay = await start(t, { ...app, RELAY_TOKEN_SECRET: 'canary' })
    assert.equal(await relay.ended, 78)
    assert.match(relay.output(), /RELAY_TOKEN_SECRET: apps\[0\]\.token\.secret must be .*openssl rand -base64 32/)
    assert.ok(!relay.output().includes('canary'))
  })

  test('a port in use: exit code 1, and the variable to change', async t => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => taken.once('listening', resolve))
    t.after(() => taken.close())
    const relay = await start(t, { ...app, RELAY_PORT: String((taken.address() as AddressInfo).port) })
    assert.equal(await relay.ended, 1)
    assert.match(relay.output(), /is in use: .*RELAY_PORT/)
  })

  test('a second relay on the same directory: exit code 1, and why', async t => {
    const dir = await tempDir(t)
    const first = await start(t, { ...app, RELAY_DATA_DIR: dir })
    await first.listening()
    const second = await start(t, { ...app, RELAY_DATA_DIR: dir })
    assert.equal(await second.ended, 1)
    assert.match(second.output(), /could not start/)
    assert.match(second.output(), /another|in use|locked/)
  })

  test('an older Node.js: exit code 78, which one is needed, and no stack', async t => {
    const pretended = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
    const olds = [
      [process.execPath, '--import', `data:text/javascript,${pretended}`],
      ...oldNodes().map(path => [path]),
    ]
    for (const [command = '', ...args] of olds)
      for (const given of [[], ['check'], ['--version']]) {
        const { status, stdout, stderr } = spawnSync(command, [...args, relayProgram, ...given], {
          encoding: 'utf8',
          env: { PATH: process.env.PATH, RELAY_DATA_DIR: await tempDir(t) },
          timeout: 20_000,
        })
        assert.equal(status, 78, stderr)
        assert.equal(stdout, '')
        assert.match(
          stderr,
          /^error: loki-beacon-relay needs Node\.js 24 or newer; this is \d+\.\S+: install it from \S+\n$/,
        )
      }
  })

  test('the needed Node.js is that of the package, and what tells it needs none of its modules', async () => {
    const { engines } = JSON.parse(await readFile(join(main, '../../package.json'), 'utf8'))
    assert.equal(engines.node, `>=${neededMajor}`)
    assert.equal(describeOldNode(`${neededMajor}.0.0`), undefined)
    assert.match(describeOldNode('9.11.2') ?? '', /this is 9\.11\.2/)
    for (const files = [relayProgram]; files.length > 0; ) {
      const file = files.pop()!
      const imported = [...(await readFile(file, 'utf8')).matchAll(/^import .*'(.+)'/gm)].map(([, path = '']) => path)
      for (const path of imported) assert.match(path, /^\./, `${file} imports ${path}`)
      files.push(...imported.map(path => join(file, '..', path)))
    }
  })

  test('--version and --help', async t => {
    const version = await start(t, {}, ['--version'])
    assert.equal(await version.ended, 0)
    const help = await start(t, {}, ['--help'])
    assert.equal(await help.ended, 0)
    for (const word of ['--config', '--port', 'RELAY_PORT', 'check', 'RELAY_KEY='])
      assert.ok(help.output().includes(word), word)
  })
})

describe('check', () => {
  test('pushes a record to Loki and reads it back', async t => {
    const loki = await connectLoki()
    const check = await start(t, { ...app, LOKI_ENDPOINT: loki.url, LOKI_TENANT_ID: `check-${crypto.randomUUID()}` }, [
      'check',
    ])
    assert.equal(await check.ended, 0, check.output())
    assert.match(check.output(), /ok {6}Loki at .*a test record was pushed and read back/)
  })

  test('names the cause when it can not: nobody there, or leave refused', async t => {
    const away = await start(t, { ...app, LOKI_ENDPOINT: 'http://127.0.0.1:9' }, ['check'])
    assert.equal(await away.ended, 1)
    assert.match(away.output(), /FAILED {2}Loki at 127\.0\.0\.1:9, tenant default: the push failed: .*ECONNREFUSED/)

    const gate = createServer((_req, res) => res.writeHead(401).end('invalid credentials')).listen(0, '127.0.0.1')
    await new Promise(resolve => gate.once('listening', resolve))
    t.after(() => gate.close())
    const endpoint = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`
    const secrets = { LOKI_AUTH_TOKEN: 'canary-token', RELAY_TOKEN_SECRET: tokenSecret }
    const refused = await start(t, { ...app, LOKI_ENDPOINT: endpoint, ...secrets }, ['check'])
    assert.equal(await refused.ended, 1)
    assert.match(refused.output(), /401 "invalid credentials"\. Loki wants a login, or refuses this one/)
    assert.match(refused.output(), /fix: Compare LOKI_USERNAME and LOKI_AUTH_TOKEN with/)
    assert.ok(!refused.output().includes('canary'))
  })

  test('warns where Loki shards streams', async t => {
    // Real push, real query; a Loki with sharding would take its own process.
    const loki = await connectLoki()
    const config = 'limits_config:\n  shard_streams:\n    enabled: true\n'
    const proxy = createServer((req, res) => {
      if (req.url === '/config') return res.end(config)
      const { method, headers } = req
      fetch(`${loki.url}${req.url}`, {
        method,
        headers,
        body: method === 'POST' ? req : undefined,
        duplex: 'half',
      } as unknown as RequestInit).then(
        async answer => res.writeHead(answer.status).end(await answer.text()),
        error => res.writeHead(502).end(String(error)),
      )
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => proxy.once('listening', resolve))
    t.after(() => proxy.close())
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const check = await start(t, { ...app, LOKI_ENDPOINT: endpoint, LOKI_TENANT_ID: 'check-sharding' }, ['check'])
    assert.equal(await check.ended, 0, check.output())
    assert.match(check.output(), /warning limits of tenant check-sharding: Loki shards busy streams/)
  })

  test('without an endpoint says that records will be kept', async t => {
    const check = await start(t, app, ['check'])
    assert.equal(await check.ended, 0)
    assert.match(check.output(), /no LOKI_ENDPOINT/)
  })
})

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function hearsHangup(pid: number): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (BigInt(`0x${caught}`) & 1n) === 1n
}

/** Those of this machine, if there are any: the same program, and not only its version. */
function oldNodes(): string[] {
  const programs = (process.env.PATH ?? '').split(delimiter).map(dir => join(dir, 'node'))
  return programs.filter(program => {
    const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
    return !error && Number.parseInt(stdout.slice(1), 10) < neededMajor
  })
}

interface Program {
  child: ChildProcess
  output(): string
  ended: Promise<number | null>
  listening(): Promise<{ port: number; adminPort: number; mode: string; loki?: string }>
}

async function start(t: TestContext, env: Record<string, string>, args: string[] = []): Promise<Program> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, RELAY_DATA_DIR: join(await tempDir(t), 'spool'), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      output += chunk
    })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  t.after(() => {
    child.kill('SIGKILL')
    return ended
  })
  return {
    child,
    output: () => output,
    ended,
    async listening() {
      const line = await waitFor(() => output.split('\n').find(text => text.includes('"listening')), {
        timeoutMs: 10_000,
        what: `the relay to listen: ${output}`,
      })
      return JSON.parse(line)
    },
  }
}
