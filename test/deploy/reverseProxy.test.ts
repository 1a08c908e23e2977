import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Logger } from 'loki-beacon'
import { holdPort } from '../support/freePorts.ts'
import { servePages } from '../support/pageServer.ts'
import { launchPuppeteer } from '../support/puppeteerBrowsers.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { reverseProxies } from '../support/reverseProxies.ts'
import { waitFor } from '../support/waitFor.ts'
import { wireClient } from '../support/wireClient.ts'
import { type Answer, type PostOptions, postFrom } from './postFrom.ts'

const mebibyte = 1024 * 1024
const otherOrigin = 'https://elsewhere.example'

for (const [name, startProxy] of Object.entries(reverseProxies)) {
  test(`${name}: batches pass as they are, small ones, gzip, and one of just 2 MiB`, async t => {
    const { batch, send, relay } = await site(t)
    for (const body of [batch(3).body, gzipSync(batch(4).body), largeBatch(2 * mebibyte)]) {
      const answer = await send({ body })
      assert.equal(answer.status, 202, answer.body)
    }
    assert.equal(await pending(relay), 3 + 4 + 16)
  })

  test(`${name}: the relay's refusals reach the page with their words, Retry-After and CORS headers`, async t => {
    const { batch, send } = await site(t)
    const page = { origin: otherOrigin }

    assertRefusal(await send({ body: largeBatch(3 * mebibyte), headers: page }), 413, 'too_large')
    assertRefusal(await send({ key: 'pk_none', body: batch(1).body, headers: page }), 401, 'unknown_key')
    const limited = await until(429, () => send({ key: 'pk_limited', body: batch(1).body, headers: page }))
    assertRefusal(limited, 429, 'rate_limited')
    assert.match(limited.headers['retry-after'] ?? '', /^\d+$/)
    const full = await until(503, () => send({ body: largeBatch(mebibyte), headers: page }))
    assertRefusal(full, 503, 'spool_full')
    assert.equal(full.headers['retry-after'], '30')

    function assertRefusal(answer: Answer, status: number, code: string): void {
      assert.deepEqual([answer.status, JSON.parse(answer.body).error.code], [status, code])
      if (code !== 'unknown_key') assert.equal(answer.headers['access-control-allow-origin'], otherOrigin)
      assert.equal(answer.headers.vary, 'Origin')
      assert.equal(answer.headers['access-control-expose-headers'], 'Retry-After')
    }
  })

  test(`${name}: a page of another origin gets the relay's answer to its preflight`, async t => {
    const { send } = await site(t)
    const headers = { origin: otherOrigin, 'access-control-request-method': 'POST' }
    const answer = await send({ method: 'OPTIONS', headers })
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [204, otherOrigin])
    assert.equal(answer.headers['access-control-max-age'], '7200')
  })

  test(`${name}: the relay limits the address of the browser, whatever that claims to be forwarded for`, async t => {
    const { batch, send } = await site(t)
    const post = (from: string, headers = {}) => send({ key: 'pk_limited', from, body: batch(1).body, headers })
    await until(429, () => post('127.1.0.1'))
    assert.equal((await post('127.1.0.1', { 'x-forwarded-for': '203.0.113.9' })).status, 429)
    assert.equal((await post('127.2.0.1')).status, 202)
  })

  test(`${name}: bytes reach the relay as the page sent them, cookies and passwords do not, over connections that are kept`, async t => {
    const seen: { headers: IncomingHttpHeaders; socket: object; body: Buffer }[] = []
    const inPlaceOfRelay = await servePages((request, response) => {
      buffer(request).then(body => {
        seen.push({ headers: request.headers, socket: request.socket, body })
        response.end()
      })
    })
    t.after(() => inPlaceOfRelay.close())
    const { port } = await startProxy(t, { relayUrl: inPlaceOfRelay.origin, siteUrl: inPlaceOfRelay.origin })
    const body = gzipSync(randomBytes(100_000))
    const headers = { cookie: 'session=secret', authorization: 'Basic c2VjcmV0', origin: otherOrigin }
    for (let i = 0; i < 3; i++)
      await postFrom('127.1.0.1', { port, path: '/telemetry/v1/i/pk_shop' }, { body, headers })
    const posts = seen.slice(-3)
    for (const post of posts) {
      assert.ok(post.body.equals(body))
      const { cookie, authorization, origin, 'x-forwarded-for': forwardedFor } = post.headers
      assert.deepEqual([cookie, authorization, origin, forwardedFor], [undefined, undefined, otherOrigin, '127.1.0.1'])
    }
    assert.equal(new Set(posts.map(({ socket }) => socket)).size, 1)
  })

  test(`${name}: the SDK is served as the relay serves it, compressed and cached`, async t => {
    const { origin, relay } = await site(t)
    for (const encoding of ['br', 'gzip', 'identity'])
      for (const path of ['/sdk/loki-beacon.js', '/sdk/v1/loki-beacon.js']) {
        const [direct, proxied] = await Promise.all(
          [relay.url, `${origin}/telemetry`].map(async url => {
            const response = await fetch(url + path, { headers: { 'accept-encoding': encoding } })
            const names = ['content-encoding', 'cache-control', 'etag', 'vary', 'content-type', 'sourcemap']
            return [response.status, ...names.map(header => response.headers.get(header)), await response.text()]
          }),
        )
        assert.deepEqual(proxied, direct)
        assert.equal(direct?.[0], 200)
      }
  })

  test(`${name}: nothing of the admin port can be reached through it`, async t => {
    const { send, relay } = await site(t)
    for (const path of ['metrics', 'ready', 'live/', 'operator/report', 'v1/token', '../metrics', '%2e%2e/metrics'])
      for (const method of ['GET', 'POST'])
        assert.ok((await send({ method, path: `/telemetry/${path}` })).status >= 400, `${method} ${path}`)
    // They are there: just not here.
    assert.equal((await fetch(`${relay.adminUrl}/metrics`)).status, 200)
  })

  test(`${name}: a page in Chromium logs to its own origin, also while it is left, and waits while the relay is away`, async t => {
    const { origin, relay } = await site(t)
    const browser = await launchPuppeteer('chromium')
    t.after(() => browser.close())
    const page = await browser.newPage()
    const hosts = new Set<string>()
    page.on('request', request => hosts.add(new URL(request.url()).origin))
    await page.goto(`${origin}/shop`)
    const stats = () =>
      page.evaluate(() =>
        shopLog()
          .flush()
          .then(() => shopLog().stats()),
      )

    await page.evaluate(() => {
      for (let i = 0; i < 50; i++) shopLog().info(`log ${i}`, { i })
    })
    const first = await stats()
    assert.deepEqual([first.delivered, first.pending, first.dropped], [50, 0, {}])
    assert.equal(await pending(relay), 50)

    await page.evaluate(() => shopLog().info('last words'))
    await page.goto(`${origin}/other`)
    await waitFor(async () => (await pending(relay)) === 51, { timeoutMs: 20_000, what: 'the beacon to arrive' })

    await page.goto(`${origin}/shop`)
    await relay.kill()
    await page.evaluate(() => shopLog().error('while nobody listens'))
    assert.equal((await stats()).pending, 1)
    await relay.restart()
    await waitFor(async () => (await stats()).pending === 0, { timeoutMs: 60_000, what: 'the SDK to try again' })
    assert.equal(await pending(relay), 52)
    assert.deepEqual([...hosts], [origin])
  })

  /** The site with its relay as `RELAY_TRUST_PROXY=1` has it. */
  async function site(t: TestContext) {
    const pages = await servePages({ '/shop': shopPage, '/other': '<!doctype html><title>other</title>' })
    t.after(() => pages.close())
    // Known before both, for each has to be told of the other.
    const { port, release } = await holdPort()
    t.after(release)
    const origin = `http://127.0.0.1:${port}`
    const origins = `['${origin}', '${otherOrigin}']`
    const relay = await startRelay({
      env: { RELAY_TRUST_PROXY: '1', RELAY_SPOOL_MAX_BYTES: '8MiB' },
      config: `
limits: { exemptClients: [] }
apps:
  - { name: shop, keys: [pk_shop], origins: ${origins} }
  - { name: limited, keys: [pk_limited], origins: ${origins}, limits: { perClient: { requestsPerSecond: 1 } } }`,
    })
    t.after(() => relay.stop())
    await release()
    await startProxy(t, { relayUrl: relay.url, siteUrl: pages.origin, port })
    const { batch } = wireClient({ url: `${origin}/telemetry`, key: 'pk_shop' })
    const send = (options: PostOptions & { key?: string; from?: string; path?: string }) => {
      const { key = 'pk_shop', path = `/telemetry/v1/i/${key}`, from = '127.0.0.1', headers } = options
      return postFrom(from, { port, path }, { ...options, headers: { origin, ...headers } })
    }
    return { batch, send, origin, relay }
  }
}

/** What runs in the page. */
declare function shopLog(): Logger

const shopPage = `<!doctype html><title>shop</title>
<script src="/telemetry/sdk/loki-beacon.js"></script>
<script>
  const log = lokiBeacon.init({ url: '/telemetry', key: 'pk_shop', app: 'shop', capture: false })
  globalThis.shopLog = () => log
</script>`

/** 16 records that are just so many bytes together. */
function largeBatch(bytes: number): string {
  const { body } = wireClient({ url: '', key: '' }).batch(16, record => {
    record.message = ''
  })
  const [header = '', ...records] = body.split('\n')
  const missing = bytes - Buffer.byteLength(body)
  const padded = records.map((line, i) => {
    const share = Math.floor(missing / 16) + (i === 0 ? missing % 16 : 0)
    return line.replace('"message":""', `"message":"${'m'.repeat(share)}"`)
  })
  return [header, ...padded].join('\n')
}

async function until(status: number, send: () => Promise<Answer>): Promise<Answer> {
  for (let i = 0; i < 40; i++) {
    const answer = await send()
    if (answer.status === status) return answer
    assert.equal(answer.status, 202, answer.body)
  }
  throw new Error(`40 requests, and none was answered with ${status}`)
}

/** Records in the spool: there is no Loki that would take them. */
async function pending(relay: RelayProcess): Promise<number> {
  return (await relay.metrics()).get('loki_beacon_records_pending') ?? Number.NaN
}
