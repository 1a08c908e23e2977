import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines, browserNames } from '../support/browsers.ts'
import { servePages } from '../support/pageServer.ts'
import { flush, isBalanced, type SdkGlobals, sdkTag, serveSdkPages, statsOf, stored } from './sdkPage.ts'

for (const engine of browserEngines) {
  describe(`capture in ${engine}`, () => {
    const host = useBrowser(engine)

    async function open(body: string, path = '/'): Promise<void> {
      host.pages = await serveSdkPages({ '/': body })
      await host.page.goto(host.pages.origin + path)
    }

    test('an uncaught error is recorded with its stack, and the page’s own onerror still runs', async () => {
      await open(`
        <script>window.seen = []; window.onerror = (...args) => { seen.push(args[0]); return true }</script>
        ${sdkTag(host.intake)}
        <script>setTimeout(function checkout() { throw new TypeError('boom', { cause: new RangeError('deep') }) })</script>`)
      const [record] = await stored(host.intake, 1)
      assert.equal(record!.kind, 'exception')
      assert.equal(record!.level, 'error')
      assert.equal(record!.mechanism, 'onerror')
      assert.equal(record!.message, 'TypeError: boom')
      assert.match(record!.error!.stack!, /checkout/)
      assert.equal(record!.error!.cause!.message, 'deep')
      assert.equal(await host.page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.length), 1)
      assert.ok(isBalanced(await statsOf(host.page)))
    })

    test('an uncaught value that is no Error, and a script of another origin, are recorded as far as they are known', async () => {
      const foreign = await servePages({ '/other.js': 'throw new Error("hidden")' })
      try {
        await open(`
          ${sdkTag(host.intake)}
          <script>setTimeout(() => { throw 'just text' })</script>
          <script>setTimeout(() => { throw { code: 7 } }, 50)</script>
          <script src="${foreign.origin.replace('127.0.0.1', 'localhost')}/other.js"></script>`)
        // Firefox shows the page what happened, against the standard; others only that something did, which is noise.
        const isShown = engine === 'firefox'
        const records = await stored(host.intake, isShown ? 3 : 2)
        const messages = records.map(record => record.message).sort()
        assert.deepEqual(messages, [
          ...(isShown ? ['Error: hidden'] : []),
          'NonError: just text',
          'NonError: {"code":7}',
        ])
        const { dropped, filtered } = await statsOf(host.page)
        assert.deepEqual([dropped, filtered], isShown ? [{}, undefined] : [{ filtered: 1 }, { scriptError: 1 }])
        const thrown = records.find(record => record.message === 'NonError: just text')
        assert.equal(thrown?.error?.frames?.[0]?.file, `${host.pages.origin}/`)
      } finally {
        await foreign.close()
      }
    })

    test('unhandled rejections are recorded, whatever their reason', async () => {
      await open(`
        ${sdkTag(host.intake)}
        <script>
          Promise.reject(new RangeError('too far'))
          Promise.reject('text')
          Promise.reject(undefined)
          Promise.reject({ code: 404, message: 'gone' })
          Promise.reject(new DOMException('stopped', 'AbortError'))
          Promise.reject(new Event('error'))
        </script>`)
      const records = await stored(host.intake, 6)
      assert.deepEqual(records.map(record => record.message).sort(), [
        'AbortError: stopped',
        'NonError: [Event error]',
        'NonError: gone',
        'NonError: text',
        'NonError: undefined',
        'RangeError: too far',
      ])
      for (const { mechanism } of records) assert.equal(mechanism, 'onunhandledrejection')
      assert.deepEqual(records.find(record => record.message === 'NonError: gone')?.error?.properties, {
        code: 404,
        message: 'gone',
      })
    })

    test('an error that was logged and then thrown is recorded once', async () => {
      await open(`
        ${sdkTag(host.intake)}
        <script>
          const error = new Error('reported')
          lokiBeacon.error('boundary', { error })
          setTimeout(() => { throw error })
          setTimeout(() => { throw error })
          Promise.reject(error)
          setTimeout(() => { throw new Error('another') }, 50)
        </script>`)
      await stored(host.intake, 2)
      await flush(host.page)
      assert.deepEqual(
        host.intake.stored.map(record => record.message),
        ['boundary', 'Error: another'],
      )
    })

    test('one Error is recorded once, however it comes, but for logs that have something to add to it', async () => {
      await open(`
        ${sdkTag(host.intake)}
        <script>
          const [first, second, third, fourth] = ['first', 'second', 'third', 'fourth'].map(text => Object.freeze(new Error(text)))
          lokiBeacon.error(first)
          lokiBeacon.fatal(first)
          lokiBeacon.with({ feature: 'cart' }).error(first, {})
          lokiBeacon.record({ level: 'error', message: first })
          lokiBeacon.captureError(first)
          lokiBeacon.captureError(second)
          lokiBeacon.captureError(second, { order: 1 })
          lokiBeacon.error(second)
          lokiBeacon.error(second, { order: 2 })
          lokiBeacon.error('payment failed', { error: second })
          setTimeout(() => { throw third })
          setTimeout(() => {
            lokiBeacon.error(third)
            lokiBeacon.error(new Error('third'))
            // What all records of a child bear is in none yet.
            lokiBeacon.with({ error: fourth }).captureError(fourth)
            lokiBeacon.error(fourth)
            for (const thrown of [{ no: 'Error' }, { no: 'Error' }, null]) lokiBeacon.error(thrown)
          }, 50)
        </script>`)
      await stored(host.intake, 10)
      await flush(host.page)
      assert.deepEqual(
        [...host.intake.stored].sort((a, b) => a.n - b.n).map(({ message, mechanism }) => [message, mechanism]),
        [
          ['Error: first', 'log'],
          ['Error: second', 'captureError'],
          ['Error: second', 'log'],
          ['payment failed', 'log'],
          ['Error: third', 'onerror'],
          ['Error: third', 'log'],
          ['Error: fourth', 'captureError'],
          ['{"no":"Error"}', undefined],
          ['{"no":"Error"}', undefined],
          ['null', undefined],
        ],
      )
      const { created, dropped } = await statsOf(host.page)
      assert.deepEqual([created, dropped], [10, {}])
    })

    test('images that fail to load are no errors of the page', async () => {
      await open(`${sdkTag(host.intake)}<img src="/missing.png"><script>lokiBeacon.info('ready')</script>`)
      await stored(host.intake, 1)
      await flush(host.page)
      assert.deepEqual(
        host.intake.stored.map(record => record.message),
        ['ready'],
      )
    })

    test('what is switched off is not captured', async () => {
      await open(`
        ${sdkTag(host.intake, 'data-capture="false"')}
        <script>
          Promise.reject(new Error('one'))
          setTimeout(() => { throw new Error('two') })
          setTimeout(() => lokiBeacon.info('done'), 50)
        </script>`)
      await stored(host.intake, 1)
      assert.equal((await statsOf(host.page)).created, 1)
    })

    test('the context says who and where, without query and fragment', async () => {
      await open(
        sdkTag(host.intake, 'data-app="shop" data-release="1.4.2" data-environment="test"'),
        '/?token=secret#top',
      )
      await host.page.evaluate(() => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        lokiBeacon.setUser({ id: 'u_42' })
        lokiBeacon.setContext({ tenant: 'acme' })
        lokiBeacon.info('first')
        lokiBeacon.setUser(null)
        lokiBeacon.info('second')
      })
      await stored(host.intake, 2)
      const [first, second] = host.intake.attempts.map(attempt => attempt.header.context!)
      const { session, page: pageId, language, viewport, view, connection: _c, memoryGb: _m, ...rest } = first!
      assert.deepEqual(rest, {
        app: 'shop',
        release: '1.4.2',
        environment: 'test',
        url: `${host.pages.origin}/`,
        browser: rest.browser,
        os: 'Linux',
        mobile: false,
        user: { id: 'u_42' },
        custom: { tenant: 'acme' },
      })
      assert.match(rest.browser!, browserNames[engine])
      assert.match(`${session} ${pageId} ${view}`, /^[0-9a-f]{20} [0-9a-f]{20} [0-9a-f]{20}$/)
      assert.match(viewport!, /^\d+x\d+$/)
      assert.ok(language)
      assert.equal(second!.user, undefined)
      assert.equal(second!.session, session)
    })

    test('a record belongs to the address at which it was logged, also when the page moves on at once', async () => {
      await open(sdkTag(host.intake))
      await host.page.evaluate(() => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        lokiBeacon.info('on the list')
        history.pushState(null, '', '/item')
        lokiBeacon.info('on the item')
      })
      await stored(host.intake, 2)
      const places = host.intake.attempts.map(({ header, records }) => [header.context!.url, records[0]!.message])
      const hasNavigationApi = await host.page.evaluate(() => 'navigation' in globalThis)
      if (hasNavigationApi) {
        assert.deepEqual(places, [
          [`${host.pages.origin}/`, 'on the list'],
          [`${host.pages.origin}/item`, 'on the item'],
        ])
      } else assert.equal(places.at(-1)![0], `${host.pages.origin}/item`)
    })

    test('ten thousand calls of every kind end balanced, delivered once each and numbered without a gap', async () => {
      await open(sdkTag(host.intake))
      const balances = await host.page.evaluate(async () => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        const seen: unknown[] = []
        const child = lokiBeacon.with({ feature: 'cart' })
        for (let i = 0; i < 2500; i++) {
          lokiBeacon.info('plain', { i })
          child.warn('child', { nested: { i } })
          lokiBeacon.measure('ms', i)
          lokiBeacon.event('step', { i })
          if (i % 500 === 0) {
            seen.push(lokiBeacon.stats())
            await new Promise(resolve => setTimeout(resolve))
          }
        }
        seen.push(lokiBeacon.stats())
        await lokiBeacon.flush()
        seen.push(lokiBeacon.stats())
        return seen as ReturnType<typeof lokiBeacon.stats>[]
      })
      for (const stats of balances) assert.ok(isBalanced(stats), JSON.stringify(stats))
      assert.equal(balances.at(-1)!.delivered, 10_000)
      const numbers = host.intake.stored.map(record => record.n).sort((a, b) => a - b)
      assert.deepEqual(
        numbers,
        Array.from({ length: 10_000 }, (_, i) => i + 1),
      )
    })
  })
}
