import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { waitFor } from '../support/waitFor.ts'
import { flush, isBalanced, pageErrors, type SdkGlobals, sdkTag, serveSdkPages, statsOf, stored } from './sdkPage.ts'

for (const engine of browserEngines) {
  describe(`script tag and loader in ${engine}`, () => {
    const host = useBrowser(engine)

    async function open(body: string): Promise<void> {
      host.pages = await serveSdkPages({ '/': body })
      await host.page.goto(host.pages.origin)
    }

    test('calls and errors from before the bundle are recorded once, in order, with the time they happened', async () => {
      const startMs = Date.now()
      await open(`
        {loader}
        <script>
          lokiBeacon.info('early', { i: 1 })
          const cart = lokiBeacon.with({ feature: 'cart' }).with({ step: 2 })
          cart.warn('child')
          lokiBeacon.measure('search_ms', 182)
          lokiBeacon.event('signup')
          lokiBeacon.setUser({ id: 'u_1' })
          lokiBeacon.error(new Error('logged'))
          setTimeout(() => { throw new Error('thrown') })
          Promise.reject(new Error('rejected'))
          setTimeout(() => {
            const script = document.createElement('script')
            script.src = '/sdk/loki-beacon.js'
            script.dataset.key = 'pk_shop_web'
            script.dataset.capture = 'errors,rejections'
            script.dataset.url = '${host.intake.url}'
            script.dataset.capture = 'errors,rejections'
            script.onload = () => cart.info('child after')
            document.head.append(script)
          }, 500)
        </script>`)
      await stored(host.intake, 8)
      await flush(host.page)
      const records = host.intake.stored.sort((a, b) => a.n - b.n)
      const messages = records.map(record => record.message)
      assert.deepEqual(messages.slice(0, 5), ['early', 'child', 'search_ms', 'signup', 'Error: logged'])
      assert.deepEqual(messages.slice(5, 7).sort(), ['Error: rejected', 'Error: thrown'])
      assert.deepEqual(messages.slice(7), ['child after'])
      const waitedMs = records[7]!.t - records[6]!.t
      assert.ok(waitedMs > 400 && records[0]!.t >= startMs, `${waitedMs} ms`)
      assert.deepEqual(records[1]!.attributes, { feature: 'cart', step: 2 })
      assert.deepEqual(records[2]!.values, { search_ms: 182 })
      assert.deepEqual(host.intake.attempts.at(-1)!.header.context!.user, { id: 'u_1' })
      assert.ok(isBalanced(await statsOf(host.page)))
    })

    test('references taken before the bundle go on working after it', async () => {
      await open(`
        {loader}
        <script>var early = lokiBeacon, child = lokiBeacon.with({ a: 1 })</script>
        ${sdkTag(host.intake)}
        <script>
          early.info('one')
          child.info('two')
          child.with({ b: 2 }).info('three')
          setTimeout(() => { throw 'an error that is no object' })
        </script>`)
      await stored(host.intake, 4)
      await flush(host.page)
      const records = host.intake.stored.sort((a, b) => a.n - b.n)
      assert.deepEqual(
        records.map(record => [record.message, record.attributes]),
        [
          ['one', undefined],
          ['two', { a: 1 }],
          ['three', { a: 1, b: 2 }],
          ['NonError: an error that is no object', undefined],
        ],
      )
      assert.equal(await host.page.evaluate('early === lokiBeacon && !("queue" in lokiBeacon)'), true)
      assert.deepEqual(await host.page.evaluate('child.with({}).flush()'), true)
      assert.deepEqual(await host.page.evaluate('child.stats().delivered'), 4)
      await host.page.evaluate('void child.close().then(() => { window.hasEnded = true })')
      await waitFor(() => host.page.evaluate('window.hasEnded'), { timeoutMs: 10_000, what: 'the end of close()' })
      await host.page.evaluate('lokiBeacon.info("after the end")')
      assert.equal((await statsOf(host.page)).created, 4)
    })

    test('an early call that can’t be read, or is of another release, costs itself alone, counted', async () => {
      await open(`
        {loader}
        <script>
          lokiBeacon.info('one')
          lokiBeacon.record()
          lokiBeacon.record({ get level() { throw new Error('unreadable') } })
          lokiBeacon.queue.push([Date.now(), 'nonesuch', [], []])
          lokiBeacon.warn('two')
        </script>
        ${sdkTag(host.intake)}
        <script>lokiBeacon.record(null); lokiBeacon.error('three')</script>`)
      await stored(host.intake, 3)
      await flush(host.page)
      assert.deepEqual(host.intake.stored.map(({ message }) => message).sort(), ['one', 'three', 'two'])
      const { created, delivered, dropped } = await statsOf(host.page)
      assert.deepEqual([created, delivered, dropped], [7, 3, { internal_error: 4 }])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('more than a hundred early calls are counted, not kept', async () => {
      await open(`
        {loader}
        <script>for (let i = 0; i < 250; i++) lokiBeacon.info('early ' + i)</script>
        ${sdkTag(host.intake)}`)
      await stored(host.intake, 100)
      await flush(host.page)
      const stats = await statsOf(host.page)
      assert.deepEqual([stats.created, stats.delivered, stats.dropped], [250, 100, { buffer_overflow: 150 }])
    })

    for (const consents of [['pending'], ['denied'], ['nonesuch'], ['denied', 'pending']])
      for (const start of ['the tag', 'a later init'])
        test(`early consent, ${consents.join(' then ')}, holds from the first moment of what ${start} starts`, async () => {
          const options = `{ url: '${host.intake.url}', key: 'pk_shop_web', capture: { navigation: false, webVitals: false } }`
          await open(`
            <script>
              window.written = []
              Storage.prototype.setItem = new Proxy(Storage.prototype.setItem, {
                apply(target, self, args) { written.push(args[0]); return Reflect.apply(target, self, args) },
              })
            </script>
            {loader}
            <script>
              for (let i = 0; i < 120; i++) lokiBeacon.info('early')
              for (const consent of ${JSON.stringify(consents)}) lokiBeacon.with({}).setConsent(consent)
            </script>
            ${start === 'the tag' ? sdkTag(host.intake, 'data-capture="session"') : '<script src="/sdk/loki-beacon.js"></script>'}
            <script>${start === 'the tag' ? '' : `lokiBeacon.init(${options})`}</script>`)
          await flush(host.page)
          assert.deepEqual(await host.page.evaluate('[written, Object.keys(localStorage)]'), [[], []])
          assert.equal(host.intake.attempts.length, 0)
          const { pending } = await statsOf(host.page)
          assert.equal(pending > 0, consents.join() === 'pending')
          await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.setConsent('granted'))
          await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.info('granted'))
          await flush(host.page)
          assert.ok(host.intake.stored.some(({ message }) => message === 'granted'))
          assert.ok(((await host.page.evaluate('written.length')) as number) > 0)
        })

    test('a page whose bundle is blocked is as it would be without', async () => {
      await open(`
        {loader}
        <script src="/blocked.js" data-key="k"></script>
        <script>
          for (let i = 0; i < 1000; i++) lokiBeacon.with({ i }).error('m', { i })
          lokiBeacon.init({}); lokiBeacon.event('e'); lokiBeacon.measure('m', 1); lokiBeacon.setUser({}); lokiBeacon.setContext({})
          lokiBeacon.flush().then(done => window.flushed = done)
          lokiBeacon.close()
          window.created = lokiBeacon.stats().created
        </script>`)
      assert.deepEqual(await host.page.evaluate('[flushed, created, lokiBeacon.queue.entries.length]'), [
        false,
        1002,
        101,
      ])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('the tag’s attributes are options, and the relay is where the script came from', async () => {
      await open(`
        <script>window.printed = []; console.warn = (...values) => printed.push(values.join(' '))</script>
        <script src="/sdk/loki-beacon.js" data-key="pk" data-app="shop" data-release="" data-min-level="info"
          data-console="warn,error" data-persistence="memory" data-preset="low-latency" data-capture="false"></script>
        <script>lokiBeacon.debug('no'); lokiBeacon.warn('yes')</script>`)
      await waitFor(() => host.pages.requests.includes('/v1/i/pk'), { timeoutMs: 10_000, what: 'the request' })
      const stats = await statsOf(host.page)
      assert.deepEqual([stats.created, stats.persistence], [1, 'memory'])
      assert.deepEqual(await host.page.evaluate('printed'), ['[shop] yes'])
    })

    test('without data-key the global does nothing until init is called', async () => {
      await open(`
        <script src="/sdk/loki-beacon.js"></script>
        <script>
          const early = lokiBeacon.with({})
          early.info('nowhere')
          window.before = lokiBeacon.stats()
          const log = lokiBeacon.init({ url: '${host.intake.url}', key: 'pk', capture: false })
          log.info('one')
          lokiBeacon.info('two')
          early.info('three')
        </script>`)
      await stored(host.intake, 3)
      assert.deepEqual(
        host.intake.stored.map(record => record.message),
        ['one', 'two', 'three'],
      )
      assert.deepEqual(await host.page.evaluate('[before.created, before.dropped, before.pending]'), [0, {}, 0])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('options without a usable url cost one warning, and nothing is sent or thrown', async () => {
      await open(`
        <script>window.warnings = []; console.warn = (...values) => warnings.push(values.join(' '))</script>
        <script src="/sdk/loki-beacon.js"></script>
        <script>
          window.codes = []
          const log = lokiBeacon.init({ url: 'logs.example.com', key: 'pk', onError: error => codes.push(error.code) })
          log.info('nowhere')
          lokiBeacon.error(new Error('nowhere'))
        </script>`)
      assert.deepEqual(await host.page.evaluate('[warnings.length, codes, log.stats().created]'), [
        1,
        ['invalid_option'],
        0,
      ])
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('a second tag, or a second init with the same key, changes nothing but one warning', async () => {
      await open(`
        <script>window.warnings = []; console.warn = (...values) => warnings.push(values.join(' '))</script>
        ${sdkTag(host.intake)}${sdkTag(host.intake)}
        <script>
          const log = lokiBeacon.init({ url: '${host.intake.url}', key: 'pk_shop_web' })
          window.same = log.info === lokiBeacon.info
          log.info('once')
          setTimeout(() => { throw new Error('once, too') })
        </script>`)
      await stored(host.intake, 2)
      await flush(host.page)
      assert.equal(host.intake.stored.length, 2)
      assert.deepEqual(await host.page.evaluate('[same, warnings.length]'), [true, 1])
    })

    test('after close nothing is recorded, the page’s methods are its own, and the key can be used anew', async () => {
      await open(sdkTag(host.intake))
      const created = await host.page.evaluate(async url => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        lokiBeacon.info('before')
        await lokiBeacon.close()
        lokiBeacon.info('after')
        dispatchEvent(new ErrorEvent('error', { error: new Error('after') }))
        const { created } = lokiBeacon.stats()
        const again = lokiBeacon.init({ url, key: 'pk_shop_web', capture: false })
        again.info('again')
        lokiBeacon.info('again, by the global')
        await again.flush()
        return [created, again.stats().created]
      }, host.intake.url)
      assert.deepEqual(created, [1, 2])
      assert.deepEqual(
        host.intake.stored.map(record => record.message),
        ['before', 'again', 'again, by the global'],
      )
    })

    test('the global stays the first of several loggers until that is closed, or is the first that can work', async () => {
      await open('<script src="/sdk/loki-beacon.js"></script>')
      const held = await host.page.evaluate(url => {
        const { lokiBeacon } = globalThis as unknown as SdkGlobals
        const start = (key: string) => lokiBeacon.init({ url, key, capture: false })
        const isHeld = (log: typeof lokiBeacon) => lokiBeacon.info === log.info
        const unusable = lokiBeacon.init({ url: 'logs.example.com', key: 'pk_a' })
        const results = [isHeld(unusable as typeof lokiBeacon)]
        const [first, second] = [start('pk_a'), start('pk_b')] as (typeof lokiBeacon)[]
        results.push(isHeld(first!), isHeld(second!))
        void first!.with({ a: 1 }).close()
        start('pk_b')
        return [...results, isHeld(second!)]
      }, host.intake.url)
      assert.deepEqual(held, [true, true, false, true])
    })

    test('records of the last moment leave with the page', async () => {
      await open(`${sdkTag(host.intake)}<script>
        addEventListener('pagehide', () => lokiBeacon.info('in pagehide'))
        document.addEventListener('visibilitychange', () => lokiBeacon.info('in ' + document.visibilityState))
      </script>`)
      await host.page.evaluate(() => {
        ;(globalThis as unknown as SdkGlobals).lokiBeacon.info('before')
        setTimeout(() => location.assign('about:blank'))
      })
      await stored(host.intake, 3)
      const messages = host.intake.stored.sort((a, b) => a.n - b.n).map(record => record.message)
      assert.equal(messages[0], 'before')
      assert.ok(messages.includes('in pagehide') && messages.includes('in hidden'), messages.join())
    })
  })
}
