import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, transform } from 'esbuild'
import { inEveryEngine, startSdk, timeoutMs, waitForStats } from '../promise/hostPage.ts'
import { framesOf } from '../sdk/web/stacks/readFrames.ts'
import { lineOf, startStackPages } from '../sdk/web/stacks/stackPages.ts'
import { servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { flush, isBalanced, statsOf, stored } from './sdkPage.ts'

/** The function that makes the error of that kind: names that all engines give. */
const makers: Record<string, string> = {
  syncThrow: 'pay',
  asyncAwait: 'load',
  promiseThen: 'onValue',
  evalCode: 'inEval',
  constructed: 'check',
  arrayMap: 'each',
  generator: 'steps',
  recursion: 'down',
  eventHandler: 'onClick',
  foreignCallback: 'ours',
}

inEveryEngine('errors', host => {
  test('made anew by this engine are read as those that were recorded', async () => {
    const pages = await startStackPages()
    try {
      const found = await pages.collect(host.page, 'kinds.js', Object.keys(makers))
      assert.deepEqual(Object.keys(found), Object.keys(makers))
      for (const [kind, { stack, message }] of Object.entries(found)) {
        const frames = framesOf(stack, message)
        assert.equal(frames[0]?.function?.split('.').at(-1), makers[kind], stack)
        const made = frames.find(({ file, line }) => file?.endsWith('/assets/kinds.js') && line === lineOf(kind))
        // V8 looks for the end of its stack where a function begins.
        assert.ok(made || kind === 'recursion', stack)
      }
    } finally {
      await pages.close()
    }
  })

  test('that nobody caught have frames with what is third party, a fingerprint, and so have their causes', async () => {
    const foreign = await servePages({
      '/lib.js': {
        body: 'function callBack(work) {\n  work()\n}',
        headers: { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' },
      },
    })
    try {
      await host.open(`${startSdk(host.intake)}
        <script src="${foreign.origin}/lib.js?key=secret#part" crossorigin="anonymous"></script>
        <script>setTimeout(function start() {
          callBack(function pay() { throw new TypeError('no cart 17', { cause: new Error('below') }) })
        })</script>`)
      const [{ error, fingerprint }] = (await stored(host.intake, 1)) as [(typeof host.intake.stored)[0]]
      const [pay, callBack, start] = error!.frames!
      assert.deepEqual([pay!.function, pay!.file, pay!.thirdParty], ['pay', `${host.pages.origin}/`, undefined])
      assert.deepEqual([callBack!.function, callBack!.file], ['callBack', `${foreign.origin}/lib.js`])
      assert.deepEqual([callBack!.line, callBack!.thirdParty], [2, true])
      assert.equal(start!.function, 'start')
      assert.equal(error!.cause!.frames![0]!.function, 'pay')
      assert.match(fingerprint!, /^[0-9a-f]{16}$/)
      assert.doesNotMatch(JSON.stringify(error), /secret|#part/)
    } finally {
      await foreign.close()
    }
  })

  test('have no frames of ours, also where an app has bundled and minified the SDK with its own code', async () => {
    const contents = `export { init } from '${new URL('../../sdk/src/index.ts', import.meta.url).pathname}'`
    const stdin = { contents, resolveDir: '/' }
    const { outputFiles } = await build({
      stdin,
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      globalName: 'app',
    })
    const bundle = outputFiles[0]!.text.replaceAll('</script', '<\\/script')
    await host.open(`<script>
        const { fetch: native } = window
        window.fetch = function pageFetch(...args) {
          if (args[0] === '/cart') throw new TypeError('own fetch')
          return native(...args)
        }
        ${bundle}
        window.lokiBeacon = app.init({ url: '${host.intake.url}', key: 'pk_shop_web' })
        setTimeout(function load() { fetch('/cart') })
      </script>`)
    await waitFor(() => host.intake.stored.some(({ error }) => error), { timeoutMs, what: 'the error' })
    const { frames } = host.intake.stored.find(({ error }) => error)!.error!
    assert.deepEqual(
      frames!.filter(({ file }) => file).map(({ function: name }) => name?.split('.').at(-1)),
      ['pageFetch', 'load'],
    )
  })

  test('without a stack of their own get a frame of where they were thrown', async () => {
    await host.open(
      `${startSdk(host.intake)}<script src="/broken.js?key=secret"></script>
      <script>\n\nsetTimeout(() => { throw 'just text' })</script>`,
      // A page where a script should be: what many a server answers to the address of an old bundle.
      { '/broken.js': '' },
    )
    const records = await stored(host.intake, 2)
    const placeOf = (type: string) => records.find(({ error }) => error!.type === type)!.error!.frames![0]!
    const broken = placeOf('SyntaxError')
    assert.deepEqual([broken.file, broken.line], [`${host.pages.origin}/broken.js`, 1])
    assert.equal(placeOf('NonError').file, `${host.pages.origin}/`)
    assert.ok(placeOf('NonError').line! > 2)
  })

  test('that are events say what they are about', async () => {
    await host.open(`${startSdk(host.intake)}<script>
      const load = src => new Promise((resolve, reject) => {
        document.head.append(Object.assign(document.createElement('script'), { src, onerror: reject }))
      })
      load('/chunk.js?token=secret')
      dispatchEvent(new CustomEvent('unhandledrejection', { detail: { reason: new RangeError('within') } }))
      dispatchEvent(new Event('error'))
      dispatchEvent(new ErrorEvent('error', { message: 'Uncaught TypeError: x is undefined', filename: location.origin + '/a.js', lineno: 3, colno: 4 }))
      Promise.reject(new Event('weird'))
    </script>`)
    const records = await stored(host.intake, 4)
    assert.deepEqual(records.map(({ message }) => message).sort(), [
      'NonError: [Event weird]',
      `NonError: failed to load ${host.pages.origin}/chunk.js`,
      'RangeError: within',
      'TypeError: x is undefined',
    ])
    const told = records.find(({ message }) => message === 'TypeError: x is undefined')
    assert.deepEqual(told!.error!.frames, [{ file: `${host.pages.origin}/a.js`, line: 3, column: 4 }])
    // What says nothing at all.
    assert.deepEqual((await statsOf(host.page)).filtered, { useless: 1 })
  })

  test('that are noise, or unwanted, are dropped and counted by rule; what is logged is not', async () => {
    const options = `ignoreErrors: [/^AbortError/g, 'offline'], denyUrls: [/widget/]`
    await host.open(`${startSdk(host.intake, {}, options)}<div id="box"></div><script>
      let width = 10
      const observer = new ResizeObserver(() => { if (width < 14) box.style.width = width++ + 'px' })
      observer.observe(box)
      const from = (file, message) => Object.assign(new Error(message), { stack: 'Error: x\\n    at f (' + file + ':1:2)' })
      setTimeout(() => {
        for (const error of [
          from('chrome-extension://abcdef/content.js', 'of an extension'),
          from('https://a.example/widget.js', 'of the widget'),
          from('https://a.example/a.js', 'you are offline'),
          new DOMException('stopped', 'AbortError'),
          new DOMException('stopped again', 'AbortError'),
          new Error("Can't find variable: __gCrWeb"),
        ]) reportError(error)
        lokiBeacon.error(from('chrome-extension://abcdef/content.js', 'logged'))
      }, 200)
      globalThis.reportError ??= error => setTimeout(() => { throw error })
    </script>`)
    const wanted = { extensions: 1, denyUrls: 1, ignoreErrors: 3, injected: 1 }
    await waitForStats(host.page, 'all to be filtered', ({ filtered }) => {
      return filtered?.resizeObserver !== undefined && filtered.injected === 1 && filtered.ignoreErrors === 3
    })
    await flush(host.page)
    const stats = await statsOf(host.page)
    assert.ok(isBalanced(stats))
    const { resizeObserver = 0, ...others } = stats.filtered!
    assert.deepEqual(others, wanted)
    assert.deepEqual(stats.dropped, { filtered: resizeObserver + 6 })
    assert.deepEqual(
      host.intake.stored.map(({ message }) => message),
      ['Error: logged'],
    )
  })

  test('can be given a fingerprint of the page’s own', async () => {
    const hook = `beforeSend: record => { record.fingerprint = 'checkout-' + record.error.type }`
    await host.open(`${startSdk(host.intake, {}, hook)}<script>lokiBeacon.error(new RangeError('x'))</script>`)
    const [record] = await stored(host.intake, 1)
    assert.equal(record!.fingerprint, 'checkout-RangeError')
  })

  test('show nothing of the SDK where it stands between the page and the browser, in the page’s own bundle too', async () => {
    // As `patchMethod` does it.
    const { code } = await transform(
      `(() => {
        const traps = { lokiBeaconApply: (target, self, args) => Reflect.apply(target, self, args) }
        window.fetch = new Proxy(window.fetch, { apply: traps.lokiBeaconApply })
      })()`,
      { minify: true },
    )
    await host.open(`${startSdk(host.intake)}<script>${code}
      function load() { return fetch('http://[') }
      load().catch(error => lokiBeacon.error(error))
      lokiBeacon.error('made', { error: (function make() { return new Error('own') })() })
    </script>`)
    const records = await stored(host.intake, 2)
    const firstOf = (made: boolean) => {
      const { error } = records.find(({ message }) => (message === 'made') === made)!
      assert.doesNotMatch(JSON.stringify(error!.frames), /loki-?beacon/i)
      return error!.frames!.find(({ file }) => file)!.function
    }
    assert.deepEqual([firstOf(false), firstOf(true)], ['load', 'make'])
  })
})
