import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import {
  errorsOnly,
  flush,
  isBalanced,
  pageErrors,
  type SdkGlobals,
  serveSdkPages,
  statsOf,
  stored,
} from './sdkPage.ts'

const noSession = 'session: false'
/** Nothing that would add records of its own. */
const { session: _, ...nothingElse } = errorsOnly

for (const engine of browserEngines) {
  describe(`context and control in ${engine}`, () => {
    const host = useBrowser(engine)

    /** A page with these options of `init`, and a script after it. */
    function shop(options: string, script = ''): string {
      return `<script src="/sdk/loki-beacon.js"></script><script>
        {
          const options = { ${options} }
          lokiBeacon.init({
            url: '${host.intake.url}', key: 'pk_shop_web', batch: { flushIntervalMs: 100 },
            ...options, capture: { ...${JSON.stringify(nothingElse)}, ...options.capture },
          })
        }
        ${script}
      </script>`
    }

    async function open(body: string): Promise<void> {
      host.pages = await serveSdkPages({ '/': body })
      await host.page.goto(host.pages.origin)
    }

    const messages = () => host.intake.stored.map(({ message }) => message)

    test('a session begins once and has one first exception, whatever reloads and tabs it has', async () => {
      await open(shop('capture: { errors: true, session: true }', `lokiBeacon.error(new Error('one'))`))
      await stored(host.intake, 2)
      await host.page.goto(host.pages.origin)
      await stored(host.intake, 3)
      const second = await host.page.browserContext().newPage()
      await second.goto(host.pages.origin)
      await stored(host.intake, 4)
      assert.deepEqual(messages().sort(), ['Error: one', 'Error: one', 'Error: one', 'session_start'])
      const start = host.intake.stored.find(({ message }) => message === 'session_start')!
      assert.deepEqual([start.kind, start.level, start.attributes], ['event', 'info', undefined])
      const errors = host.intake.stored.filter(({ kind }) => kind === 'exception').sort((a, b) => a.t - b.t)
      assert.deepEqual(
        errors.map(({ sessionFirstError }) => sessionFirstError),
        [true, undefined, undefined],
      )
      assert.equal(new Set(host.intake.attempts.map(({ header }) => header.context!.session)).size, 1)
    })

    test('a session that ends while the page stays open is followed by one that names it', async () => {
      await open(shop('session: { idleMs: 300 }'))
      await stored(host.intake, 1)
      await new Promise(resolve => setTimeout(resolve, 500))
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.info('back again'))
      await stored(host.intake, 3)
      assert.deepEqual(messages().sort(), ['back again', 'session_start', 'session_start'])
      const sessions = host.intake.attempts.map(({ header }) => header.context!.session)
      const last = host.intake.stored.findLast(({ message }) => message === 'session_start')!
      assert.deepEqual(last.attributes, { previous: sessions[0] })
      assert.notEqual(sessions.at(-1), sessions[0])
      assert.ok(isBalanced(await statsOf(host.page)))
    })

    test('without consent no session is told of, and nothing of it is kept; granted, it is the one of the visit', async () => {
      await open(shop(`consent: 'pending'`))
      const kept = () => host.page.evaluate(() => Object.keys(localStorage).filter(name => /session|told/.test(name)))
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.info('early'))
      assert.equal((await statsOf(host.page)).created, 1)
      assert.deepEqual(await kept(), [])
      const grant = () =>
        host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.setConsent('granted'))
      await grant()
      await stored(host.intake, 2)
      assert.deepEqual(messages().sort(), ['early', 'session_start'])
      const { session } = host.intake.attempts[0]!.header.context!
      await host.page.goto(host.pages.origin)
      await grant()
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.info('later'))
      await stored(host.intake, 3)
      assert.deepEqual(messages().sort(), ['early', 'later', 'session_start'])
      assert.equal(host.intake.attempts.at(-1)!.header.context!.session, session)
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.setConsent('denied'))
      assert.deepEqual(await kept(), [])
    })

    test('each route of a single-page app is a view, with the name that the page gives it', async () => {
      await open(
        shop(
          `capture: { ${noSession} }, route: url => url.pathname.replace(/[0-9]+/, ':id')`,
          `lokiBeacon.info('home')`,
        ),
      )
      await stored(host.intake, 1)
      for (const [path, message] of [
        ['/product/1', 'one'],
        ['/product/1?size=m', 'one, medium'],
        ['/product/2#top', 'two'],
        ['/product/1', 'one again'],
      ])
        await host.page.evaluate(
          async (to, text) => {
            const { lokiBeacon } = globalThis as unknown as SdkGlobals
            history.pushState(null, '', to)
            lokiBeacon.info(text!)
            await lokiBeacon.flush()
          },
          path,
          message,
        )
      const views = new Map(
        host.intake.attempts.flatMap(({ header, records }) =>
          records.map(({ message }) => [message, header.context!] as const),
        ),
      )
      assert.deepEqual(
        [...views].map(([message, { route }]) => [message, route]),
        [
          ['home', '/'],
          ['one', '/product/:id'],
          ['one, medium', '/product/:id'],
          ['two', '/product/:id'],
          ['one again', '/product/:id'],
        ],
      )
      const ids = [...views.values()].map(({ view }) => view!)
      assert.equal(ids[1], ids[2])
      assert.equal(new Set(ids).size, 4)
      for (const id of ids) assert.match(id, /^[0-9a-f]{20}$/)
      assert.equal(new Set([...views.values()].map(context => context.page)).size, 1)
    })

    test('what browsers tell of network and memory goes along, and nothing where they do not', async () => {
      await open(shop(`capture: { ${noSession} }`, `lokiBeacon.info('m')`))
      await stored(host.intake, 1)
      const told = await host.page.evaluate(() => {
        const { connection, deviceMemory } = navigator as {
          connection?: { effectiveType: string }
          deviceMemory?: number
        }
        return JSON.stringify({ connection: connection?.effectiveType, memoryGb: deviceMemory })
      })
      const { connection, memoryGb } = host.intake.attempts[0]!.header.context!
      assert.equal(JSON.stringify({ connection, memoryGb }), told)
    })

    test('of a session out of the sample only errors are recorded, and the rest is counted', async () => {
      await open(
        shop(
          'sampleRate: 0',
          `lokiBeacon.info('one'); lokiBeacon.event('two'); lokiBeacon.measure('three', 3);
           lokiBeacon.error(new Error('four')); lokiBeacon.error('five'); lokiBeacon.fatal('six')`,
        ),
      )
      await stored(host.intake, 3)
      await flush(host.page)
      assert.deepEqual(messages().sort(), ['Error: four', 'five', 'six'])
      // Its start is not counted either.
      for (const { sessionFirstError } of host.intake.stored) assert.equal(sessionFirstError, undefined)
      const stats = await statsOf(host.page)
      assert.deepEqual(stats.dropped, { sample_rate: 4 })
      assert.ok(isBalanced(stats))
    })

    test('above the cap of a minute records are dropped, exceptions last, and counted', async () => {
      await open(
        shop(
          `capture: { ${noSession} }, rateLimits: { recordsPerMinute: 10, perFingerprint: 1000 }`,
          `for (let i = 0; i < 30; i++) lokiBeacon.info('log', { i })
           for (let i = 0; i < 30; i++) lokiBeacon.error(new Error('error ' + i))`,
        ),
      )
      await stored(host.intake, 15)
      await flush(host.page)
      assert.equal(host.intake.stored.filter(({ kind }) => kind === 'log').length, 10)
      const stats = await statsOf(host.page)
      assert.deepEqual(stats.dropped, { rate_limited: 45 })
      assert.ok(isBalanced(stats))
    })

    test('records bear the trace that runs when they are made, and one that fails costs none', async () => {
      await open(
        shop(
          `capture: { ${noSession} }, onError: error => codes.push(error.code),
           getTraceContext() { if (span === 'fail') throw new Error('no tracer'); return { traceId: '${'ab'.repeat(16)}', spanId: span } }`,
          `var codes = [], span
           for (span of ['${'12'.repeat(8)}', '${'34'.repeat(8)}', 'none', 'fail', 'fail']) lokiBeacon.info(span)`,
        ),
      )
      await stored(host.intake, 5)
      const trace = 'ab'.repeat(16)
      assert.deepEqual(
        host.intake.stored.map(record => [record.trace, record.span]),
        [
          [trace, '12'.repeat(8)],
          [trace, '34'.repeat(8)],
          [trace, undefined],
          [undefined, undefined],
          [undefined, undefined],
        ],
      )
      assert.deepEqual(await host.page.evaluate(() => Reflect.get(globalThis, 'codes')), ['invalid_option'])
    })

    test('sinks are told what is sent; one that throws, changes records or logs does no harm', async () => {
      await open(
        shop(
          `capture: { ${noSession} }, sinks: [
             record => { told.push(record.message); record.message = 'changed'; lokiBeacon.info('from a sink') },
             () => { throw new Error('broken') },
             async () => { throw new Error('broken later') },
           ]`,
          `var told = []; lokiBeacon.info('one'); lokiBeacon.info('two')`,
        ),
      )
      await stored(host.intake, 4)
      await flush(host.page)
      await new Promise(resolve => setTimeout(resolve, 400))
      assert.deepEqual(messages().sort(), ['from a sink', 'from a sink', 'one', 'two'])
      assert.deepEqual(await host.page.evaluate(() => Reflect.get(globalThis, 'told')), ['one', 'two'])
      assert.deepEqual(await pageErrors(host.page), [])
      assert.equal((await statsOf(host.page)).created, 4)
    })

    test('the least level changes while the page runs, also by a call that the loader kept', async () => {
      await open(`{loader}<script>
          lokiBeacon.setMinLevel('warn')
          lokiBeacon.info('no')
          lokiBeacon.warn('yes')
        </script>${shop(`capture: { ${noSession} }`, `lokiBeacon.setMinLevel('debug'); lokiBeacon.debug('debug'); lokiBeacon.trace('trace')`)}`)
      await stored(host.intake, 2)
      await flush(host.page)
      assert.deepEqual(messages().sort(), ['debug', 'yes'])
    })
  })
}
