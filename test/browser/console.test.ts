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

/** What runs in the page finds these. */
interface PageGlobals extends SdkGlobals {
  /** Calls that reached the console as it was before the SDK: method, whether on `console`, arguments. */
  printed: [string, boolean, unknown[]][]
}

/** Nothing that would add records of its own. */
const { clicks: _, ...nothingElse } = errorsOnly

for (const engine of browserEngines) {
  describe(`console, clicks and breadcrumbs in ${engine}`, () => {
    const host = useBrowser(engine)

    /** Opens a page with these options, as source text, and scripts before ours. */
    async function open(options: string, before = '', body = ''): Promise<void> {
      host.pages = await serveSdkPages({
        '/': `<script>
          printed = []
          for (const name of ['debug', 'log', 'info', 'warn', 'error'])
            console[name] = function (...args) { printed.push([name, this === console, args]) }
          ${before}
        </script>
        <script src="/sdk/loki-beacon.js"></script>
        <script>{
          const options = { ${options} }
          lokiBeacon.init({
            url: '${host.intake.url}', key: 'pk_shop_web', batch: { flushIntervalMs: 50 },
            onError: error => pageErrors.push('onError ' + error.code + ' ' + error.cause),
            ...options, capture: { ...${JSON.stringify(nothingElse)}, ...options.capture },
          })
        }</script>${body}`,
      })
      await host.page.goto(host.pages.origin)
    }

    function inOrder() {
      return [...host.intake.stored].sort((a, b) => a.n - b.n)
    }

    test('what the page prints is recorded, and printed as it would be without us', async () => {
      await open('capture: { console: true }')
      const printed = await host.page.evaluate(() => {
        const { log } = console
        console.debug('loaded', { a: [1, true] }, 7)
        log('%s has %d items for %f%c, %%o %o', 'cart', '3.7', 1.5, 'color: red', { sku: 'A-1' }, 'rest')
        console.info(undefined, null, Symbol('s'), 10n, () => 1)
        console.warn(new Map([['a', new Date(0)]]), document.createElement('p'))
        console.error('just text')
        console.log()
        return (globalThis as unknown as PageGlobals).printed.map(([name, isOn, args]) => [name, isOn, args.length])
      })
      assert.deepEqual(printed, [
        ['debug', true, 3],
        ['log', false, 7],
        ['info', true, 5],
        ['warn', true, 2],
        ['error', true, 1],
        ['log', true, 0],
      ])
      await flush(host.page)
      assert.deepEqual(
        inOrder().map(({ kind, level, message, mechanism }) => [kind, level, message, mechanism]),
        [
          ['log', 'debug', 'loaded {"a":[1,true]} 7', 'console'],
          ['log', 'info', 'cart has 3 items for 1.5, %o {"sku":"A-1"} rest', 'console'],
          ['log', 'info', 'undefined null Symbol(s) 10 [function]', 'console'],
          ['log', 'warn', '{"a":"1970-01-01T00:00:00.000Z"} <p>', 'console'],
          ['log', 'error', 'just text', 'console'],
        ],
      )
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('a printed Error is an exception with its stack, and one Error is recorded once, however it comes', async () => {
      // In the page itself: errors of scripts that come by the driver are muted.
      await open(
        'capture: { console: true }',
        '',
        `<script>
          function checkout() { return new TypeError('printed', { cause: new RangeError('deep') }) }
          const error = checkout()
          console.error('checkout failed:', error, { order: 7 })
          console.error(error)
          setTimeout(() => { throw error })
          const thrown = new Error('thrown')
          setTimeout(() => { throw thrown })
          const logged = new Error('logged')
          lokiBeacon.warn('logged', { error: logged })
          setTimeout(() => {
            console.error('The above error occurred in <Cart>', thrown)
            console.error(logged)
            console.warn(new Error('only a warning'))
          }, 50)
        </script>`,
      )
      await stored(host.intake, 4)
      await flush(host.page)
      const records = inOrder()
      assert.deepEqual(
        records.map(({ kind, level, message, mechanism }) => [kind, level, message, mechanism]),
        [
          ['exception', 'error', 'checkout failed: TypeError: printed {"order":7}', 'console'],
          ['exception', 'warn', 'logged', 'log'],
          ['exception', 'error', 'Error: thrown', 'onerror'],
          ['exception', 'warn', 'Error: only a warning', 'console'],
        ],
      )
      assert.match(records[0]!.error!.stack!, /checkout/)
      assert.equal(records[0]!.error!.cause!.message, 'deep')
    })

    test('nothing that we, our hooks or a getter print while we work is captured: no loop', async () => {
      await open(
        `console: true, capture: { console: true },
         beforeSend(record) { console.log('beforeSend sees', record.message) },
         sinks: [record => console.warn('sink sees', record.message)],
         unknownOption: 1`,
        `const { info } = console
         console.info = (...args) => { info(...args); if (/first/.test(args[0])) console.debug('relayed', ...args); window.lokiBeacon?.debug?.('forwarded') }`,
      )
      await host.page.evaluate(async () => {
        const { lokiBeacon } = globalThis as unknown as PageGlobals
        lokiBeacon.info('first')
        const noisy = {
          get name() {
            console.error('from a getter')
            return 'noisy'
          },
        }
        console.warn(noisy)
        lokiBeacon.init({ url: '/', key: 'pk_shop_web' })
        const second = lokiBeacon.init({ url: '/second', key: 'pk_second', console: true })
        second.info('of the second')
        for (let i = 0; i < 5; i++) {
          await lokiBeacon.flush()
          await new Promise(resolve => setTimeout(resolve, 60))
        }
      })
      assert.deepEqual(
        inOrder().map(({ message }) => message),
        // The page's own wrapper of the console logs once for each line that we print, and its line is no line of the page's.
        ['forwarded', 'first', '{"name":"noisy"}', 'forwarded'],
      )
      const lines = await host.page.evaluate(() => (globalThis as unknown as PageGlobals).printed.length)
      assert.ok(lines > 5 && lines < 40, `${lines} lines`)
      const stats = await statsOf(host.page)
      assert.ok(isBalanced(stats))
    })

    test('hooks of two loggers, of one copy of the SDK or two, don’t set each other off', async () => {
      // Each prints twice, so that a loop would double with each round; the bound is for a page that has one.
      const options = `
        capture: { console: true },
        beforeSend(record) { if (printed.length < 500) { console.log('sends', record.message); console.warn('twice') } },
        sinks: [record => { if (printed.length < 500) console.info('sink', record.message) }]`
      const init = (key: string) =>
        `lokiBeacon.init({ url: '${host.intake.url}', key: '${key}', ${options.replace('capture: {', `capture: { ...${JSON.stringify(nothingElse)},`)} })`
      await open(
        options,
        '',
        `<script>loggers = [lokiBeacon, ${init('pk_second')}]; delete window.lokiBeacon</script>
         <script src="/sdk/loki-beacon.js"></script>
         <script>loggers.push(${init('pk_third')}); lokiBeacon = loggers[0]</script>`,
      )
      const created = await host.page.evaluate(async () => {
        const { loggers } = globalThis as unknown as { loggers: SdkGlobals['lokiBeacon'][] }
        loggers[0]!.info('the only call')
        console.error('the only line')
        for (let i = 0; i < 5; i++) {
          await Promise.all(loggers.map(logger => logger.flush()))
          await new Promise(resolve => setTimeout(resolve, 60))
        }
        return loggers.map(logger => logger.stats().created)
      })
      assert.deepEqual(created, [2, 1, 1])
      const lines = await host.page.evaluate(() => (globalThis as unknown as PageGlobals).printed.length)
      assert.equal(lines, 1 + 3 * 4, 'the line, and three by the hooks for each record')
    })

    test('it is off where it is not wanted, takes the levels that are, and puts the console back', async () => {
      await open(`capture: { console: { levels: ['warn', 'error', 'table'] } }`, 'originals = { ...console }')
      const changed = () =>
        host.page.evaluate(
          'Object.keys(originals).filter(name => typeof console[name] === "function" && console[name] !== originals[name]).sort().join()',
        )
      assert.equal(await changed(), 'error,warn')
      await host.page.evaluate(() => {
        console.info('one')
        console.warn('two')
      })
      await flush(host.page)
      assert.deepEqual(
        host.intake.stored.map(({ message }) => message),
        ['two'],
      )
      await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.close())
      assert.equal(await changed(), '')
      await host.pages!.close()
      await open('', 'originals = { ...console }')
      assert.equal(await changed(), '')
    })

    const hostile: Record<string, string> = {
      'throws from every method': `
        const thrower = () => { throw new Error('own') }
        for (const name of ['debug', 'log', 'info', 'warn', 'error']) console[name] = thrower`,
      'is a proxy that throws': `
        Object.defineProperty(window, 'console', { value: new Proxy({}, { get() { throw new Error('own') } }), writable: true })`,
      'is frozen': 'Object.freeze(console)',
      'has no methods': `for (const name of ['debug', 'log', 'info', 'warn', 'error']) console[name] = undefined`,
      'is gone': 'window.console = undefined',
    }
    for (const [name, script] of Object.entries(hostile)) {
      test(`a page whose console ${name} has it as it was, and is logged all the same`, async () => {
        await open('console: true, capture: { console: true }', `native = console; ${script}`)
        const thrown = await host.page.evaluate(async () => {
          const { lokiBeacon } = globalThis as unknown as PageGlobals
          lokiBeacon.error('logged')
          let thrown = ''
          try {
            console.warn('printed')
          } catch (error) {
            thrown = String(error)
          }
          await lokiBeacon.close()
          return thrown
        })
        if (/throws/.test(name)) assert.equal(thrown, 'Error: own')
        if (name === 'is frozen') assert.equal(thrown, '')
        assert.equal(host.intake.stored[0]!.message, 'logged')
        assert.deepEqual(await pageErrors(host.page), [])
      })
    }

    test('an exception tells what led to it: clicks by selector, and console lines, without any text of the page', async () => {
      await open(
        'capture: { console: true }, maxBreadcrumbs: 5',
        '',
        `<main id="shop" class="wide dark tall">
          <form role="search"><input name="id" value="secret"><button class="primary big red" data-testid="buy" type="button">Pay 4111</button></form>
          <a id="out" href="/leave?token=secret" onclick="event.preventDefault(); event.stopImmediatePropagation()"><b>secret</b></a>
          <p class="${'long'.repeat(60)}">secret</p><div id="host"></div>
        </main>`,
      )
      await host.page.evaluate(async () => {
        const { lokiBeacon } = globalThis as unknown as PageGlobals
        const click = (selector: string, within: ParentNode = document) =>
          within.querySelector<HTMLElement>(selector)!.click()
        const shadow = document.querySelector('#host')!.attachShadow({ mode: 'open' })
        shadow.innerHTML = '<i class="icon">secret</i>'
        click('main')
        click('button')
        click('button')
        click('b')
        console.warn('low stock', { left: 1 })
        console.info('no breadcrumb')
        click('p')
        click('.icon', shadow)
        lokiBeacon.error('first', { error: new Error('boom') })
        console.error(new Error('printed'))
        lokiBeacon.error('no exception')
        await lokiBeacon.flush()
      })
      const records = inOrder().filter(({ kind, message }) => kind === 'exception' || message === 'no exception')
      const trail = records[0]!.breadcrumbs!
      assert.deepEqual(
        trail.map(({ category, message, data }) => [category, message, ...(data ? [data] : [])]),
        [
          ['click', 'body > main#shop.wide.dark > form[role=search] > button.primary.big[data-testid=buy]'],
          ['click', 'body > main#shop.wide.dark > a#out > b'],
          ['console', 'low stock {"left":1}', { level: 'warn' }],
          ['click', `p.${'long'.repeat(60)}`.slice(0, 120)],
          ['click', 'i.icon'],
        ],
      )
      for (const { t } of trail) assert.ok(t > 1e12 && t <= records[0]!.t)
      assert.deepEqual(records[1]!.breadcrumbs, trail)
      assert.equal(records[2]!.breadcrumbs, undefined)
      assert.doesNotMatch(JSON.stringify(records), /secret|4111|token/)
      assert.deepEqual(await pageErrors(host.page), [])
    })

    test('printed lines may be breadcrumbs and no records', async () => {
      await open('capture: { console: { records: false } }')
      await host.page.evaluate(async () => {
        const { lokiBeacon } = globalThis as unknown as PageGlobals
        const known = new Error('known')
        lokiBeacon.error(known)
        console.debug('too much')
        console.log('cart opened', { items: 2 })
        console.info('%s items', 3)
        console.warn('low stock')
        console.error('payment failed:', new Error('declined'))
        console.error('The above error occurred:', known)
        lokiBeacon.error(new Error('boom'))
        await lokiBeacon.flush()
      })
      const [first, last, ...others] = inOrder()
      assert.deepEqual([first!.message, last!.message, others], ['Error: known', 'Error: boom', []])
      assert.deepEqual(
        last!.breadcrumbs!.map(({ category, message, data }) => [category, message, data!.level]),
        [
          ['console', 'cart opened {"items":2}', 'info'],
          ['console', '3 items', 'info'],
          ['console', 'low stock', 'warn'],
          ['console', 'payment failed: Error: declined', 'error'],
        ],
      )
    })

    test('without clicks or breadcrumbs an exception has none', async () => {
      await open('capture: { clicks: false }', '', '<button>Pay</button>')
      await host.page.evaluate(() => {
        document.querySelector('button')!.click()
        ;(globalThis as unknown as PageGlobals).lokiBeacon.error(new Error('one'))
      })
      await stored(host.intake, 1)
      await host.pages!.close()
      await open('maxBreadcrumbs: 0', '', '<button>Pay</button>')
      await host.page.evaluate(() => {
        document.querySelector('button')!.click()
        ;(globalThis as unknown as PageGlobals).lokiBeacon.error(new Error('two'))
      })
      await stored(host.intake, 2)
      for (const { breadcrumbs } of host.intake.stored) assert.equal(breadcrumbs, undefined)
    })
  })
}
