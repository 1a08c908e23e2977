import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { test } from 'node:test'
import { runDemo, startDemo } from '../support/demoProcess.ts'
import { freePorts } from '../support/freePorts.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 20_000

test('one command runs shop, relay and live page, and one signal ends them all cleanly', async t => {
  const demo = await startDemo(t)
  assert.equal(await status(demo.shopUrl), 200)
  assert.equal(await status(`${demo.shopUrl}/npm.html`), 200)
  assert.equal(await status(demo.liveUrl), 200)
  assert.equal(await status(`${demo.relayUrl}/healthz`), 200)
  assert.match(demo.output(), /No LOKI_ENDPOINT is set/)
  assert.ok(!demo.output().includes('\u001b'), 'colours are for terminals')

  assert.deepEqual(await demo.kill('SIGINT'), { code: 0, signal: null })
  for (const url of [demo.shopUrl, demo.liveUrl, demo.relayUrl]) await assert.rejects(fetch(url))
  assert.match(demo.output(), /Stopped\./)
})

test('a taken port moves to the next free one and says so', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  const demo = await startDemo(t, { DEMO_PORT: String(port) })
  assert.notEqual(new URL(demo.shopUrl).port, String(port))
  assert.match(demo.output(), new RegExp(`Port ${port} is taken, so the demo is on ${new URL(demo.shopUrl).port}`))
  assert.equal(await status(demo.shopUrl), 200)
})

test('parts that want the same port get one each', async t => {
  const [port] = await freePorts(1)
  const wanted = String(port)
  const demo = await startDemo(t, { DEMO_PORT: wanted, RELAY_PORT: wanted, RELAY_ADMIN_PORT: wanted })
  assert.equal(new URL(demo.shopUrl).port, wanted)
  assert.equal(await status(demo.shopUrl), 200)
  assert.equal(await status(`${demo.relayUrl}/healthz`), 200)
  assert.equal(await status(demo.liveUrl), 200)
})

test('with a Loki it names the host and a query to paste, and never the credentials', async t => {
  const demo = await startDemo(t, {
    LOKI_ENDPOINT: 'http://127.0.0.1:9/loki/api/v1/push',
    LOKI_USERNAME: 'canary-user',
    LOKI_AUTH_TOKEN: 'canary-token',
  })
  assert.match(demo.output(), /Forwarding to Loki at 127\.0\.0\.1:9/)
  assert.match(demo.output(), /\{app="shop", env="demo"\}/)
  assert.doesNotMatch(demo.output(), /canary/)
})

test('a relay that refuses its configuration ends the demo with its words', async t => {
  const demo = await runDemo(t, { LOKI_ENDPOINT: 'not an address', RELAY_DATA_DIR: await tempDir(t) })
  const { code } = await waitFor(demo.ended, { timeoutMs, what: 'the demo to end' })
  assert.equal(code, 1)
  assert.match(demo.output(), /LOKI_ENDPOINT[\s\S]*the relay did not start/)
})

test('a port that is none, is refused by its name', async t => {
  const demo = await runDemo(t, { DEMO_PORT: 'abc', RELAY_DATA_DIR: await tempDir(t) })
  const { code } = await waitFor(demo.ended, { timeoutMs, what: 'the demo to end' })
  assert.equal(code, 1)
  assert.match(demo.output(), /abc is no port for the demo/)
})

test('the shop serves its pages and nothing else', async t => {
  const demo = await startDemo(t)
  const port = Number(new URL(demo.shopUrl).port)
  for (const path of [
    '/start.ts',
    '/../package.json',
    '/..%2fpackage.json',
    '//etc/passwd',
    '/lamps',
    '/__proto__',
    '/%00',
  ])
    assert.equal(await rawStatus(port, path), 404, path)
  assert.equal(await rawStatus(port, '/', 'POST'), 405)
  const page = await fetch(demo.shopUrl)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  assert.doesNotMatch(await page.text(), /%[A-Z_]+%/)
})

async function status(url: string): Promise<number> {
  const response = await fetch(url)
  await response.body?.cancel()
  return response.status
}

function rawStatus(port: number, path: string, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: false }, response => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}
