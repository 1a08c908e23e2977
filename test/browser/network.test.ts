import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { WireRecord } from '../../sdk/src/wire.ts'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { startIntake } from '../support/intake.ts'
import { servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { type ApiServer, startApi } from './apiServer.ts'
import { bundleOf, errorsOnly, flush, isBalanced, pageErrors, type SdkGlobals, statsOf, stored } from './sdkPage.ts'

/** What runs in the page finds these. */
interface PageGlobals extends SdkGlobals {
  api: string
  seen: unknown[]
}

for (const engine of browserEngines) {
  describe(`network in ${engine}`, () => {
    const host = useBrowser(engine)
    let api: ApiServer
    let own: ApiServer | undefined

    beforeEach(async () => {
      api = await startApi()
    })
    afterEach(async () => {
      await own?.close()
      await api.close()
    })

    interface Given {
      /** Source text of `capture.network`. */
      options?: string
      /** Source text of `capture`. */
      capture?: string
      /** Source text of further options. */
      more?: string
      /** Scripts before and after ours. */
      before?: string
      after?: string
    }

    /** A page of a shop, with the SDK in it. */
    async function open({
      options = 'true',
      capture = `{ rejections: false, network: ${options} }`,
      more = '',
      ...around
    }: Given = {}) {
      const body = `<!doctype html><title>shop</title><script>
          pageErrors = []; seen = []; api = '${api.origin}'
          addEventListener('error', event => pageErrors.push(event.message))
          addEventListener('unhandledrejection', event => pageErrors.push('rejection ' + event.reason))
        </script>
        <script>${around.before ?? ''}</script>
        <script src="/sdk/loki-beacon.js"></script>
        <script>lokiBeacon.init({
          url: '${host.intake.url}', key: 'pk_shop_web', batch: { flushIntervalMs: 50 },
          capture: { ...${JSON.stringify(errorsOnly)}, ...${capture} },
          onError: error => pageErrors.push('onError ' + error.code + ' ' + error.cause), ${more}
        })</script>
        <script>${around.after ?? ''}</script>`
      own = await startApi({
        '/': { type: 'text/html', body },
        '/sdk/loki-beacon.js': { type: 'text/javascript', body: await bundleOf('cdn') },
        '/favicon.ico': { type: 'image/x-icon', body: '' },
      })
      await host.page.goto(own.origin)
    }

    function shown({ level, message, mechanism, attributes }: WireRecord) {
      const { durationMs, ...rest } = attributes as Record<string, unknown>
      assert.equal(mechanism, 'network')
      assert.ok(Number.isInteger(durationMs) && Number(durationMs) >= 0, `durationMs ${durationMs}`)
      return [level, message, rest]
    }

    /** Errors are sent before the rest. */
    function inOrder() {
      return [...host.intake.stored].sort((a, b) => a.n - b.n)
    }

    test('failed requests are recorded, by fetch and XMLHttpRequest alike, and others are not', async () => {
      await open()
      await host.page.evaluate(async () => {
        const { api } = globalThis as unknown as PageGlobals
        const xhr = (method: string, url: string) =>
          new Promise(resolve => {
            const request = new XMLHttpRequest()
            request.onloadend = resolve
            request.open(method, url)
            request.send()
          })
        await fetch(`${api}/cart`)
        await fetch(`${api}/status/503?token=secret#top`)
        await fetch(new Request(`${api}/status/404`, { method: 'DELETE' }))
        await fetch(`${api}/reset`, { method: 'post' }).catch(() => {})
        await fetch(`${api}/private`).catch(() => {})
        await fetch(`${api}/private`, { mode: 'no-cors' })
        await fetch('data:text/plain,secret')
        await xhr('GET', `${api}/cart`)
        await xhr('put', `${api}/status/500?token=secret`)
        await xhr('GET', `${api}/private`)
      })
      await flush(host.page)
      const apiHost = api.origin.slice('http://'.length)
      const failure = (level: string, method: string, path: string, how: string, reason: string, status?: number) => [
        level,
        `${method} ${apiHost}${path} ${how}`,
        { method, host: apiHost, path, ...(status && { status }), reason },
      ]
      assert.deepEqual(inOrder().map(shown), [
        failure('error', 'GET', '/status/503', '503', 'status', 503),
        failure('warn', 'DELETE', '/status/404', '404', 'status', 404),
        failure('warn', 'POST', '/reset', 'failed', 'network'),
        failure('warn', 'GET', '/private', 'failed', 'network'),
        failure('error', 'PUT', '/status/500', '500', 'status', 500),
        failure('warn', 'GET', '/private', 'failed', 'network'),
      ])
      assert.deepEqual(await pageErrors(host.page), [])
      assert.ok(isBalanced(await statsOf(host.page)))
    })

    test('which answers are failures, the page decides', async () => {
      await open({ options: '{ failedStatus: 500 }' })
      await host.page.evaluate(async () => {
        const { api } = globalThis as unknown as PageGlobals
        for (const status of [404, 499, 500, 503]) await fetch(`${api}/status/${status}`)
        await fetch(`${api}/reset`).catch(() => {})
      })
      await flush(host.page)
      const told = inOrder().map(({ attributes }) => [attributes!.status, attributes!.reason])
      assert.deepEqual(told, [
        [500, 'status'],
        [503, 'status'],
        [undefined, 'network'],
      ])
    })

    test('slow requests and timeouts are recorded; what the page aborts, ignores or can’t even ask for is not', async () => {
      await open({ options: '{ slowMs: 200, ignoreUrls: ["/slow/poll", /stats$/g] }' })
      await host.page.evaluate(async () => {
        const { api } = globalThis as unknown as PageGlobals
        const xhr = (path: string, prepare: (request: XMLHttpRequest) => void) =>
          new Promise(resolve => {
            const request = new XMLHttpRequest()
            request.onloadend = resolve
            request.open('GET', api + path)
            prepare(request)
            request.send()
          })
        const aborted = (reason?: unknown) => {
          const controller = new AbortController()
          setTimeout(() => (controller.abort as (reason: unknown) => void)(reason), 50)
          return { signal: controller.signal }
        }
        const signals = AbortSignal as unknown as { timeout?: (ms: number) => AbortSignal }
        await Promise.all([
          fetch(`${api}/slow/one`),
          fetch(`${api}/slow/poll`),
          fetch(`${api}/status/500/stats`),
          fetch(`${api}/status/500/stats`),
          fetch(`${api}/hang/fetch`, aborted()).catch(() => {}),
          fetch(new Request(`${api}/hang/request`, aborted(new Error('moved on')))).catch(() => {}),
          signals.timeout && fetch(`${api}/hang/signal`, { signal: signals.timeout(100) }).catch(() => {}),
          fetch('http://[').catch(() => {}),
          xhr('/slow/two', () => {}),
          xhr('/hang/xhr', request => {
            request.timeout = 100
          }),
          xhr('/hang/abort', request => setTimeout(() => request.abort(), 50)),
        ])
      })
      await flush(host.page)
      const hasTimeout = await host.page.evaluate('"timeout" in AbortSignal')
      const found = host.intake.stored.map(
        ({ level, attributes }) => `${level} ${attributes!.path} ${attributes!.reason}`,
      )
      assert.deepEqual(found.sort(), [
        ...(hasTimeout ? ['warn /hang/signal timeout'] : []),
        'warn /hang/xhr timeout',
        'warn /slow/one slow',
        'warn /slow/two slow',
      ])
      for (const { message, attributes } of host.intake.stored.filter(
        ({ attributes }) => attributes!.reason === 'slow',
      )) {
        assert.match(message, / 200 slow$/)
        assert.ok(Number(attributes!.durationMs) > 200)
      }
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('a failed request that nobody catches is one unhandled rejection, as without us; a caught one is none', async () => {
      await open({ capture: '{ network: true }' })
      const same = await host.page.evaluate(async () => {
        const { api } = globalThis as unknown as PageGlobals
        const caught: unknown[] = []
        await fetch(`${api}/reset/1`).catch(error => caught.push(error))
        await fetch(`${api}/reset/2`).then(
          () => {},
          error => caught.push(error),
        )
        try {
          await fetch(`${api}/reset/3`)
        } catch (error) {
          caught.push(error)
        }
        void fetch(`${api}/reset/4`)
        const promise = fetch(`${api}/cart`)
        const answer = await promise
        await new Promise(resolve => setTimeout(resolve, 300))
        return (
          promise instanceof Promise &&
          answer instanceof Response &&
          !answer.bodyUsed &&
          caught.length === 3 &&
          caught.every(error => error instanceof TypeError)
        )
      })
      assert.equal(same, true)
      await stored(host.intake, 5)
      const rejections = host.intake.stored.filter(({ mechanism }) => mechanism === 'onunhandledrejection')
      assert.equal(rejections.length, 1)
      assert.equal((await pageErrors(host.page)).length, 1)
      assert.equal(host.intake.stored.filter(({ mechanism }) => mechanism === 'network').length, 4)
    })

    test('requests and answers of all kinds are what they would be without us', async () => {
      const ask = async () => {
        const { api } = globalThis as unknown as PageGlobals
        class Own extends XMLHttpRequest {
          override send(body?: XMLHttpRequestBodyInit): void {
            this.setRequestHeader('X-Own', 'subclass')
            super.send(body)
          }
        }
        class Options {
          get method() {
            return 'POST'
          }
          get headers() {
            return { 'x-own': 'getter' }
          }
          get body() {
            return 'getter'
          }
        }
        const json = async (answer: Promise<Response>) => JSON.stringify(await (await answer).json())
        const request = (options: RequestInit = {}) =>
          new Request(`${api}/cart`, { method: 'POST', body: 'request', headers: { 'x-own': 'request' }, ...options })
        const xhr = (made: XMLHttpRequest, isAsync: boolean) =>
          new Promise<string>(resolve => {
            made.onload = () => resolve(made.responseText)
            made.open('PUT', `${api}/cart`, isAsync)
            made.send('xhr')
          })
        const used = request()
        const unused = request()
        const [method, plain, headers] = ['POST', 'plain', { 'x-own': 'object' }]
        return [
          await json(fetch(`${api}/cart`)),
          await json(fetch(new URL('/cart', api) as unknown as string, { method, body: plain, headers })),
          await json(fetch(`${api}/cart`, { method, body: plain, headers: [['x-own', 'list']] })),
          await json(fetch(`${api}/cart`, { method, body: plain, headers: new Headers({ 'x-own': 'Headers' }) })),
          await json(fetch(`${api}/cart`, new Options())),
          await json(fetch(used)),
          await json(fetch(request(), { headers: { 'x-own': 'both' } })),
          await json(fetch(request(), { keepalive: true })),
          await json(fetch(unused, { body: 'replaced' })),
          await json(fetch(`${api}/cart`, request())).catch(String),
          await xhr(new XMLHttpRequest(), true),
          await xhr(new Own(), true),
          await xhr(new XMLHttpRequest(), false),
          `used ${used.bodyUsed}, ${unused.bodyUsed}`,
          await fetch(used).then(
            () => 'again',
            error => error.name,
          ),
        ]
      }
      await open({ capture: '{ network: false }' })
      const without = await host.page.evaluate(ask)
      assert.equal(without[1], '{"method":"POST","own":"object","body":"plain"}')
      for (const { traceparent } of api.arrivals) assert.equal(traceparent, undefined)
      api.arrivals.length = 0
      await own!.close()
      await open({ options: `{ propagateTraceTo: ['${api.origin}'] }` })
      assert.deepEqual(await host.page.evaluate(ask), without)
      for (const { path, traceparent } of api.calls())
        assert.match(traceparent ?? '', /^00-[\da-f]{32}-[\da-f]{16}-01$/, path)
      assert.equal(new Set(api.calls().map(({ traceparent }) => traceparent)).size, api.calls().length)
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('traceparent goes to the origins that are listed and nowhere else, and the record of a failure bears it', async () => {
      await open({ options: `{ propagateTraceTo: ['self', new RegExp('^${api.origin}$', 'g')] }` })
      const other = await startApi()
      try {
        await host.page.evaluate(async other => {
          const { api } = globalThis as unknown as PageGlobals
          const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
          const xhr = (url: string, headers: object) =>
            new Promise(resolve => {
              const request = new XMLHttpRequest()
              request.onloadend = resolve
              request.open('GET', url)
              for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
              request.send()
            })
          await fetch('/status/500/own')
          await fetch(`${api}/status/500/listed`)
          await fetch(`${api}/status/500/page`, { headers: { traceparent } })
          await fetch(new Request(`${api}/status/500/request`, { headers: { traceparent } }))
          await fetch(`${other}/status/500/other`)
          await fetch(`${api}/cart`, { mode: 'no-cors' })
          await xhr(`${api}/status/500/xhr`, {})
          await xhr(`${api}/status/500/xhrPage`, { TraceParent: traceparent })
          await xhr(`${other}/status/500/xhrOther`, {})
          await fetch(`${api}/strict`).catch(() => {})
        }, other.origin)
        await flush(host.page)
        const sent = new Map(
          [...own!.calls(), ...api.calls(), ...other.calls()].map(call => [call.path, call.traceparent]),
        )
        assert.equal(sent.get('/cart'), undefined)
        assert.ok(!sent.has('/strict'), 'the browser refuses it, as the server does not allow the header')
        assert.deepEqual(
          other.arrivals.map(({ method }) => method),
          ['GET', 'GET'],
          'no preflight',
        )
        const records = host.intake.stored.filter(({ attributes }) => attributes!.reason === 'status')
        assert.equal(records.length, 8)
        for (const { trace, span, attributes } of records) {
          const path = String(attributes!.path)
          if (/other$/i.test(path))
            assert.deepEqual([sent.get(path), trace, span], [undefined, undefined, undefined], path)
          else if (/page$|request$/i.test(path)) {
            assert.equal(sent.get(path), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', path)
            assert.deepEqual([trace, span], ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'])
          } else assert.equal(sent.get(path), `00-${trace}-${span}-01`, path)
        }
      } finally {
        await other.close()
      }
    })

    test('a call without arguments fails as it would without us, and is no request', async () => {
      await open({
        before: 'native = fetch; empty = fetch => fetch().then(String, error => error.name + error.message)',
        options: `{ propagateTraceTo: ['self'] }`,
      })
      const [wanted, seen] = (await host.page.evaluate('Promise.all([empty(native), empty(fetch)])')) as string[]
      assert.match(wanted!, /^TypeError/)
      assert.equal(seen, wanted)
      await host.page.evaluate('fetch(undefined)')
      await flush(host.page)
      assert.deepEqual(
        own!.calls().map(({ path, method }) => [method, path]),
        [['GET', '/undefined']],
      )
      assert.equal((await statsOf(host.page)).created, 0)
    })

    test('other patches, before and after ours, work on; the next exception tells of the requests; close puts all back', async () => {
      const patch = (name: string) => `{
        const { fetch: inner, XMLHttpRequest: { prototype } } = window
        const { open, send } = prototype
        ${name === 'first' ? 'methods = { fetch: inner, open, send }' : ''}
        window.fetch = function (address, init) {
          const promise = inner.call(this, address + '?${name}', init)
          return ${name === 'first' ? 'Object.assign(promise, { cancel: () => "cancelled" })' : 'promise'}
        }
        prototype.open = function (method, address, ...rest) { return open.call(this, method, address + '?${name}', ...rest) }
        prototype.send = function (...args) { return send.apply(this, args) }
        patched = { fetch: window.fetch, open: prototype.open, send: prototype.send }
      }`
      await open({ before: patch('first'), after: patch('second') })
      const cancelled = await host.page.evaluate(async () => {
        const { api, lokiBeacon } = globalThis as unknown as PageGlobals
        const promise = fetch(`${api}/status/500`) as Promise<Response> & { cancel(): string }
        await promise
        await new Promise(resolve => {
          const request = new XMLHttpRequest()
          request.onloadend = resolve
          request.open('GET', `${api}/cart`)
          request.send()
        })
        lokiBeacon.error(new Error('boom'))
        await lokiBeacon.flush()
        return promise.cancel()
      })
      assert.equal(cancelled, 'cancelled')
      assert.deepEqual(
        api.arrivals.map(({ path }) => path),
        ['/status/500?second?first', '/cart?second?first'],
      )
      const apiHost = api.origin.slice('http://'.length)
      const [failed, exception] = inOrder()
      assert.equal(failed!.message, `GET ${apiHost}/status/500 500`)
      const trail = exception!.breadcrumbs!.map(({ category, message, data }) => [category, message, data!.status])
      assert.deepEqual(trail, [
        ['network', `GET ${apiHost}/status/500`, 500],
        ['network', `GET ${apiHost}/cart`, 200],
      ])
      // Someone is on top of ours: it stays, and lets everything through.
      const state = await host.page.evaluate(async () => {
        const { api, lokiBeacon } = globalThis as unknown as PageGlobals
        const { patched } = globalThis as unknown as { patched: Record<string, unknown> }
        await lokiBeacon.close()
        const { created } = lokiBeacon.stats()
        const { prototype } = XMLHttpRequest
        const isTheirs = patched.fetch === fetch && patched.open === prototype.open && patched.send === prototype.send
        const { status } = await fetch(`${api}/status/500`)
        return [isTheirs, status, lokiBeacon.stats().created - created]
      })
      assert.deepEqual(state, [true, 500, 0])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('what is patched looks as it did, and is what it was after close', async () => {
      await open({
        before: `
          fetch.own = 'kept'
          look = method => [method.name, method.length, method.own, Object.keys(method).join()].join()
          methods = () => [fetch, ...['open', 'send', 'setRequestHeader', 'abort'].map(name => XMLHttpRequest.prototype[name])]
          originals = methods(); looks = originals.map(look)`,
        options: `{ propagateTraceTo: ['self'] }`,
      })
      const same = await host.page.evaluate(`[methods().map((method, i) => method === originals[i]).join(),
        methods().every((method, i) => look(method) === looks[i]) || methods().map(look).join('\\n')]`)
      assert.deepEqual(same, ['false,false,false,false,true', true])
      // As docs/network.md says.
      const text = engine === 'webkit' ? 'function ProxyObject() { [native code] }' : 'function () { [native code] }'
      const texts = (await host.page.evaluate('methods().slice(0, 4).map(String)')) as string[]
      assert.deepEqual(new Set(texts.map(each => each.replace(/\s+/g, ' '))), new Set([text]))
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.close())
      assert.equal(await host.page.evaluate('methods().every((method, i) => method === originals[i])'), true)
    })

    test('a fetch made of XMLHttpRequest is one request; one that is opened anew while it runs is none', async () => {
      await open({
        before: `native = fetch
          fetch = (address, init) => init ? native(address, init) : new Promise(resolve => {
          const request = new XMLHttpRequest()
          request.onload = () => resolve({ status: request.status })
          request.open('GET', address)
          request.send()
        })`,
      })
      await host.page.evaluate(async () => {
        const { api } = globalThis as unknown as PageGlobals
        await fetch(`${api}/status/500/once`)
        await new Promise(resolve => {
          const request = new XMLHttpRequest()
          request.onload = () => {
            if (request.status === 502) return resolve(0)
            request.open('GET', `${api}/status/502/anew`)
            request.send()
          }
          request.open('GET', `${api}/hang`)
          request.send()
          request.open('GET', `${api}/status/501/anew`)
          request.send()
        })
        const unsent = new XMLHttpRequest()
        try {
          unsent.send()
        } catch {}
        for (const path of ['/status/503', '/reset']) {
          const sync = new XMLHttpRequest()
          sync.open('GET', api + path, false)
          try {
            sync.send()
          } catch {}
        }
      })
      await flush(host.page)
      const paths = inOrder().map(({ attributes }) => attributes!.path)
      assert.deepEqual(paths, ['/status/500/once', '/status/501/anew', '/status/502/anew', '/status/503', '/reset'])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('our own requests are no requests of the page, also those of a second logger; and a relay that fails makes no records', async () => {
      await open()
      const failing = await startIntake()
      failing.script = () => ({ status: 503 })
      try {
        await host.page.evaluate(async url => {
          const { lokiBeacon } = globalThis as unknown as PageGlobals
          const second = lokiBeacon.init({ url, key: 'pk_second', retry: { baseDelayMs: 20, maxDelayMs: 50 } })
          second.error('one')
        }, failing.url)
        await waitFor(() => failing.attempts.length > 2, { timeoutMs: 10_000, what: 'attempts' })
        await flush(host.page)
        assert.deepEqual(host.intake.stored, [])
      } finally {
        await failing.close()
      }
    })

    test('a sink whose collector is gone makes no records of its own failures, and the page’s are recorded', async () => {
      const gone = await startIntake()
      await gone.close()
      await open({
        more: `sinks: [
          record => { told.push(record.message); fetch('${gone.url}/collect', { method: 'POST', body: '{}' }).catch(() => {}) },
          async record => { await 0; fetch('${gone.url}/collect?later=1').catch(() => {}) },
        ]`,
        before: 'window.told = []',
        after: `lokiBeacon.info('one'); fetch(api + '/status/503')`,
      })
      await stored(host.intake, 2)
      await new Promise(resolve => setTimeout(resolve, 1500))
      await flush(host.page)
      const told = await host.page.evaluate(() => (globalThis as unknown as { told: string[] }).told)
      const requests = host.intake.stored
        .filter(({ mechanism }) => mechanism === 'network')
        .map(({ message }) => message)
      assert.deepEqual(requests, [`GET ${new URL(api.origin).host}/status/503 503`])
      assert.ok(told.includes('one') && told.includes(requests[0]!))
      assert.ok(isBalanced(await statsOf(host.page)))
    })

    test('sinks of two loggers, of one copy of the SDK or two, whose collectors are gone don’t set each other off', async () => {
      const [gone, alsoGone] = [await startIntake(), await startIntake()]
      await Promise.all([gone.close(), alsoGone.close()])
      const options = (key: string, url: string) => `{
        url: '${host.intake.url}', key: '${key}', capture: { ...${JSON.stringify(errorsOnly)}, network: true },
        sinks: [async record => {
          const count = told.push(record.message)
          // What a hook asks for later is known by the address alone.
          if (count > 1) await 0
          if (count < 200) fetch('${url}/collect').catch(() => {})
        }] }`
      await open({
        before: 'window.told = []',
        after: `loggers = [lokiBeacon.init(${options('pk_1', gone.url)})]; first = lokiBeacon; delete window.lokiBeacon
          </script><script src="/sdk/loki-beacon.js"></script><script>
          loggers.push(lokiBeacon.init(${options('pk_2', alsoGone.url)})); lokiBeacon = first; loggers[0].info('one')`,
      })
      await new Promise(resolve => setTimeout(resolve, 1000))
      await host.page.evaluate(
        `loggers.push(lokiBeacon.init(${options('pk_3', alsoGone.url)})), loggers[0].info('two')`,
      )
      await new Promise(resolve => setTimeout(resolve, 1000))
      assert.deepEqual(await host.page.evaluate('[told, loggers.map(logger => logger.stats().created)]'), [
        ['one', 'two'],
        [2, 0, 0],
      ])
    })

    test('failed requests of a third-party script make no exceptions that there would not be without us', async () => {
      const third = await servePages({
        '/track.js': `(function track() {
          fetch('${api.origin}/reset/forgotten')
          fetch('${api.origin}/reset/chained').then(function read(answer) { return answer.json() })
          fetch('http://[')
          const request = new XMLHttpRequest()
          request.open('GET', '${api.origin}/reset/sync', false)
          sendLater = function () { setTimeout(function send() { request.send() }) }
        })()`,
      })
      const after = `fetch('${api.origin}/reset/own').then(function ownRead(answer) { return answer.json() })
        </script><script src="${third.origin}/track.js"></script><script>`
      const exceptions = async (network: boolean) => {
        host.intake.stored.length = api.arrivals.length = 0
        await open({ capture: `{ errors: true, rejections: true, network: ${network} }`, after })
        const asked = async (paths: number) => {
          const haveArrived = () => new Set(api.calls().map(({ path }) => path)).size === paths
          await waitFor(haveArrived, { timeoutMs: 10_000, what: 'the requests' })
          await new Promise(resolve => setTimeout(resolve, 500))
        }
        await asked(3)
        // Apart: to what fails while a page waits for it, Firefox gives its stack.
        await host.page.evaluate('sendLater()')
        await asked(4)
        await flush(host.page)
        return host.intake.stored.filter(({ kind }) => kind === 'exception')
      }
      try {
        const without = await exceptions(false)
        assert.equal((await statsOf(host.page)).filtered?.thirdPartyCalls, undefined)
        await own!.close()
        const recorded = await exceptions(true)
        const stats = await statsOf(host.page)
        // The rest are what others than Chromium show the page of such scripts anyway.
        const all = without.map(({ message }) => message)
        for (const { message } of recorded)
          assert.ok(all.includes(message) && all.splice(all.indexOf(message), 1), message)
        const isOfFetch = ({ message }: WireRecord) =>
          /(Failed to fetch|to fetch resource\.|Load failed)$/.test(message)
        assert.equal(recorded.filter(isOfFetch).length, without.filter(isOfFetch).length)
        assert.ok(recorded.some(isOfFetch), 'the page’s own')
        assert.ok(stats.filtered!.thirdPartyCalls! >= (engine === 'chromium' ? 4 : 1))
        assert.ok(isBalanced(stats))
      } finally {
        await third.close()
      }
    })

    const broken: Record<string, string> = {
      'fetch is no function': 'window.fetch = "none"',
      'fetch throws, and XMLHttpRequest is gone':
        'window.fetch = () => { throw new Error("own") }; delete window.XMLHttpRequest',
      'fetch can’t be read':
        'Object.defineProperty(window, "fetch", { get() { throw new Error("own") }, configurable: true })',
      'fetch and the methods of XMLHttpRequest are frozen':
        'Object.defineProperty(window, "fetch", { value: fetch, writable: false }); Object.freeze(XMLHttpRequest.prototype)',
    }
    for (const [name, before] of Object.entries(broken)) {
      test(`a page where ${name} stays as it is, and hears nothing of us`, async () => {
        await open({ before })
        const after = await host.page.evaluate(async () => {
          const { lokiBeacon } = globalThis as unknown as PageGlobals
          let thrown = ''
          try {
            await fetch('/cart')
          } catch (error) {
            thrown = String(error)
          }
          lokiBeacon.info('ready')
          await lokiBeacon.flush()
          await lokiBeacon.close()
          return thrown
        })
        if (/throws|read/.test(name)) assert.equal(after, 'Error: own')
        assert.deepEqual(
          (await pageErrors(host.page)).filter(text => !text.includes('network_error')),
          [],
        )
      })
    }
  })
}
