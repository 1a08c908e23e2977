import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Plugin } from '../../sdk/src/plugin.ts'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { readDevice } from '../support/onDevice.ts'
import { waitFor } from '../support/waitFor.ts'
import { flush, pageErrors, serveSdkPages, statsOf, stored } from './sdkPage.ts'

/** Each secret holds this, or is one of the numbers. */
const canary = /canary|4111.?1111|3704.?0044/i
/** Shows that a place is looked at in plain text. */
const harmless = 'harmless-marker'

/** A page that has secrets wherever a page can have some. Runs in the page. */
const leakingPage = `
  <meta name="referrer" content="unsafe-url">
  <form class="form canary.class@mail.example" id="canary.id@mail.example">
    <input name="email" value="canary.input@mail.example"><input type="password" value="canary-of-an-input">
    <button type="button" class="canary.button@mail.example">pay canary.text@mail.example</button>
  </form>
  <script src="/sdk/loki-beacon.js"></script>
  <script>
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canaryOfASignature'
    const query = '?user=canary-of-a-query&code=canary-of-a-code#canary-of-a-fragment'
    const texts = [
      'canary.mail@mail.example', jwt, 'Bearer ' + jwt, '4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00',
      'ghp_' + 'canary'.repeat(7), location.href, 'https://canary:canary@x.example/y' + query,
      'user=7&password1=canary-of-a-pair', 'X-Api-Key: canary-1-of-a-header', "{ pass: 'canary-of-an-object' }",
      "https://x.example/?name=O'Neil&code=canary", JSON.stringify({ token: 'canary-of-json', list: [1] }), 'end',
    ]
    const text = texts.join(' | ')
    const secrets = {
      harmless: '${harmless}', text, texts, [text]: 1, password: 'canary-of-a-key', card: 4111111111111111,
      deep: { apiKey: ['canary-of-a-list'], 'Set-Cookie': { a: 'canary-of-a-cookie' }, map: new Map([['token', 'canary-of-a-map']]) },
      node: document.querySelector('button'), form: document.querySelector('form'),
    }
    const names = ['console', 'clicks', 'network', 'resources', 'csp', 'navigation', 'webVitals', 'reports', 'session']
    lokiBeacon.init({
      url: '{relay}', key: 'pk_shop_web', retry: { baseDelayMs: 50, maxDelayMs: 200, breakerThreshold: 1000 },
      capture: Object.fromEntries(names.map(name => [name, true])),
      plugins: [{ name: 'ofTheTest', enabled: true, start(host) {
        host.breadcrumb({ category: 'test', message: text, data: { href: location.href, text, password: 'canary' } })
        host.record({ kind: 'event', level: 'info', message: text, attributes: { ...secrets, url: host.showUrl(location.href) } })
        host.exception(new Error(text), 'test', secrets)
        return () => {}
      } }],
      beforeSend: record => ({ ...record, attributes: { ...record.attributes, late: text, token: 'canary-of-a-hook' } }),
    })
    lokiBeacon.setUser({ id: 'canary.user@mail.example', password: 'canary-of-a-user' })
    lokiBeacon.setContext({ harmless: '${harmless}', text, secret: 'canary-of-a-context' })
    lokiBeacon.info(text, secrets)
    lokiBeacon.info(secrets)
    lokiBeacon.with(secrets).event(text)
    lokiBeacon.measure(text, 1, secrets)
    console.log(text, secrets)
    console.error(text, new Error(text))
    const deep = Object.assign(new TypeError(text, { cause: new Error(text, { cause: secrets }) }), { ...secrets, code: jwt })
    deep.stack += '\\n    at pay (' + location.href + ':12:34)'
    deep.name = text
    lokiBeacon.error(text, { deep, errors: new AggregateError([deep, new Error(text)], text) })
    setTimeout(() => { throw deep })
    setTimeout(() => { throw text })
    setTimeout(() => { throw secrets })
    Promise.reject(secrets)
    Promise.reject(new RangeError(text))
    fetch('/missing' + query).catch(() => {})
    new Image().src = '/missing.png' + query
    document.querySelector('button').click()
    history.pushState(null, '', '/route/canary.path@mail.example' + query)
    lokiBeacon.warn('on the route')
  </script>`

for (const engine of browserEngines) {
  describe(`privacy in ${engine}`, () => {
    const host = useBrowser(engine)

    test('no secret of a page reaches the device or the network', async () => {
      const recorder = await startRecorder()
      try {
        host.pages = await serveSdkPages({
          '/first': `<meta name="referrer" content="unsafe-url"><script>location.href = '/shop?canary=canary#canary'</script>`,
          '/shop': leakingPage.replace('{relay}', recorder.url),
          '/bare': 'nothing',
        })
        await host.page.goto(`${host.pages.origin}/first?token=canary-of-a-referrer`)
        const made = await waitFor(
          async () => {
            const { created, lastError, ...rest } = await statsOf(host.page)
            const isEnough = created >= 11 && lastError && recorder.requests.length > 0
            assert.ok(isEnough, JSON.stringify({ created, lastError, ...rest, errors: await pageErrors(host.page) }))
            return created
          },
          { timeoutMs: 15_000, what: 'all records, and an attempt to send them' },
        )
        await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 400)))
        assertClean('device', JSON.stringify(await readDevice(host.page)))
        // What is left in a hurry may be kept in another place.
        await host.page.evaluate(`lokiBeacon.error('leaving', secrets), (location.href = '/bare')`)
        await waitFor(async () => (await host.page.evaluate('document.body.innerText.trim()')) === 'nothing', {
          timeoutMs: 10_000,
          what: 'the next page',
        })
        assertClean('device', JSON.stringify(await readDevice(host.page)))
        recorder.heal()
        await host.page.goto(`${host.pages.origin}/shop?token=canary`)
        await host.page.evaluate(`lokiBeacon.flush()`)
        await waitFor(() => recorder.records() >= made, { timeoutMs: 15_000, what: 'what was left over' })
        for (const { body, headers, how } of recorder.requests) {
          assertClean('body', body)
          // A beacon bears what the page's own policy says.
          if (how === 'fetch') assertClean('headers', `${harmless} ${headers}`)
        }
        assert.deepEqual(
          (await pageErrors(host.page)).filter(message => /loki-beacon/.test(message)),
          [],
        )
      } finally {
        await recorder.close()
      }
    })

    /** Whatever the engine knows of it. */
    const objects = `<script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true, configurable: true })</script>`

    function start(options: string): string {
      const plugin = (optional: boolean) =>
        `{ name: 'plugin${optional}', enabled: true, optional: ${optional}, start(host) {
          host.record({ kind: 'event', level: 'info', message: 'optional ${optional}' })
          return () => {}
        } }`
      return `<script src="/sdk/loki-beacon.js"></script><script>
        lokiBeacon.init({ url: '${host.intake.url}', key: 'pk_shop_web', plugins: [${plugin(true)}, ${plugin(false)}], capture: {
          session: false, webVitals: false, navigation: false }, ${options} })
        lokiBeacon.setUser({ id: 'u_42' })
        lokiBeacon.setContext({ tenant: 'acme' })
        lokiBeacon.error('an error')
      </script>`
    }

    async function contextAndMessages() {
      await flush(host.page)
      const { session, user, custom, page: pageId } = host.intake.attempts.at(-1)!.header.context!
      const { localStorage } = await readDevice(host.page)
      const messages = host.intake.stored.map(({ message }) => message).sort()
      const hasStoredSession = 'loki-beacon:session' in localStorage
      return {
        hasSession: session !== undefined,
        user,
        custom,
        hasPage: pageId !== undefined,
        messages,
        hasStoredSession,
      }
    }

    test('where the browser asks for privacy there is no session, no user and nothing optional; errors are sent', async () => {
      host.pages = await serveSdkPages({ '/before': start(''), '/': objects + start('') })
      await host.page.goto(`${host.pages.origin}/before`)
      await stored(host.intake, 3)
      assert.deepEqual(await contextAndMessages(), {
        hasSession: true,
        user: { id: 'u_42' },
        custom: { tenant: 'acme' },
        hasPage: true,
        messages: ['an error', 'optional false', 'optional true'],
        hasStoredSession: true,
      })
      host.intake.stored.length = 0
      await host.page.goto(host.pages.origin)
      await stored(host.intake, 2)
      assert.deepEqual(await contextAndMessages(), {
        hasSession: false,
        user: undefined,
        custom: { tenant: 'acme' },
        hasPage: true,
        messages: ['an error', 'optional false'],
        hasStoredSession: false,
      })
    })

    test('with respectGpc: false the wish is not looked at', async () => {
      host.pages = await serveSdkPages({ '/': objects + start('respectGpc: false') })
      await host.page.goto(host.pages.origin)
      await stored(host.intake, 3)
      const { hasSession, hasStoredSession, user } = await contextAndMessages()
      assert.deepEqual([hasSession, hasStoredSession, user], [true, true, { id: 'u_42' }])
    })

    test('addresses keep what is allowed, in context, stack and plugins, and secrets in it are redacted', async () => {
      const plugin: Pick<Plugin, 'name' | 'enabled'> = { name: 'shown', enabled: true }
      host.pages = await serveSdkPages({
        '/shop': `<script src="/sdk/loki-beacon.js"></script><script>
          lokiBeacon.init({ url: '${host.intake.url}', key: 'pk_shop_web', stripUrlQuery: { allow: ['tab', 'token', '#'] },
            capture: { session: false, webVitals: false, navigation: false },
            plugins: [{ ...${JSON.stringify(plugin)}, start(host) {
              host.record({ kind: 'event', level: 'info', message: host.showUrl('/api?tab=1&q=2#/x') })
              return () => {}
            } }] })
          lokiBeacon.error('with a stack', { error: new Error('see https://x.example/?tab=1&q=2') })
        </script>`,
      })
      await host.page.goto(`${host.pages.origin}/shop?q=1&tab=2&token=secret#/cart/1`)
      await stored(host.intake, 2)
      const shown = `${host.pages.origin}/shop?tab=2&token=[redacted]#/cart/1`
      assert.equal(host.intake.attempts[0]!.header.context!.url, shown)
      const [event, exception] = host.intake.stored.sort((a, b) => a.n - b.n)
      assert.equal(event!.message, `${host.pages.origin}/api?tab=1#/x`)
      assert.equal(exception!.error!.message, 'see https://x.example/?tab=1')
      const { stack = '' } = exception!.error!
      assert.ok(stack.includes(`${host.pages.origin}/shop`) && !/q=1|secret/.test(stack), stack)
      // WebKit leaves the query out by itself.
      assert.equal(stack.includes('tab=2'), engine !== 'webkit', stack)
    })
  })
}

function assertClean(where: string, found: string): void {
  assert.ok(found.includes(harmless), `${where} shows no record at all: ${found.slice(0, 300)}`)
  const { index } = canary.exec(found) ?? {}
  if (index !== undefined) assert.fail(`${where}: ${found.slice(Math.max(0, index - 200), index + 200)}`)
}

/** Takes any request as it comes, and answers 503 until it is healed. */
async function startRecorder() {
  const requests: { body: string; headers: string; how: 'beacon' | 'fetch' }[] = []
  let isHealed = false
  let records = 0
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const bytes = Buffer.concat(chunks)
    const body = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()
    const how = request.headers['sec-fetch-mode'] === 'no-cors' ? 'beacon' : 'fetch'
    requests.push({ body, headers: `${request.url} ${JSON.stringify(request.headers)}`, how })
    const accepted = body.split('\n').length - 1
    if (isHealed) records += accepted
    response.writeHead(isHealed ? 202 : 503, { 'access-control-allow-origin': request.headers.origin ?? '*' })
    response.end(JSON.stringify({ accepted, duplicate: 0, rejected: [], nowMs: Date.now() }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    records: () => records,
    heal() {
      isHealed = true
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}
