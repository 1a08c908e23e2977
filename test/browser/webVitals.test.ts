import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { build } from 'esbuild'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import type { Intake } from '../support/intake.ts'
import { type PageServer, servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { bundleOf, pageErrors, sdkTag } from './sdkPage.ts'

const timeoutMs = 20_000

/** What this version of each engine can tell of. */
const known = {
  chromium: ['cls', 'fcp', 'inp', 'lcp', 'ttfb'],
  firefox: ['fcp', 'inp', 'lcp', 'ttfb'],
  webkit: ['fcp', 'ttfb'],
}

for (const engine of browserEngines) {
  describe(`web vitals in ${engine}`, () => {
    const host = useBrowser(engine)

    async function open(tags: string): Promise<void> {
      host.pages = await serveCacheable({ '/': shopPage(tags), '/elsewhere': '<title>elsewhere</title>' })
      await host.page.goto(`${host.pages.origin}/?token=secret`)
      await painted()
      // A page that is left before its first paint has none to tell of.
      const isPainted = () => host.page.evaluate(`performance.getEntriesByName('first-contentful-paint').length > 0`)
      await waitFor(isPainted, { timeoutMs, what: 'the first paint' })
      await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 100)))
    }

    const painted = () =>
      host.page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))

    /** By the page's own script: under a driver, Firefox waits for loads that don't come once a page was in the cache. */
    async function leave(): Promise<void> {
      await host.page.evaluate(() => void setTimeout(() => location.assign('/elsewhere')))
      await waitFor(() => host.page.evaluate(() => document.title === 'elsewhere'), {
        timeoutMs,
        what: 'the other page',
      })
    }

    async function comeBack(): Promise<void> {
      await host.page.evaluate(() => void setTimeout(() => history.back()))
      await waitFor(() => host.page.evaluate(() => document.title === 'shop'), {
        timeoutMs,
        what: 'the page to be back',
      })
      await painted()
    }

    /** Each trusted, as `web-vitals` demands; of WebKit nothing is measured then. */
    async function clickAndWait(): Promise<void> {
      if (engine === 'webkit') return
      // Chromium does not tell what was clicked where that moves meanwhile.
      await waitFor(() => host.page.evaluate('shifted === true'), { timeoutMs, what: 'the shift' })
      await painted()
      await (host.page as unknown as { click(selector: string): Promise<void> }).click('button')
      await waitFor(() => host.page.evaluate('clicked === true'), { timeoutMs, what: 'the click' })
      await painted()
      await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 200)))
    }

    const vitals = () => host.intake.stored.filter(({ kind }) => kind === 'measurement')

    async function names(...wanted: string[]): Promise<void> {
      await waitFor(() => vitals().length >= wanted.length, { timeoutMs, what: wanted.join() })
      assert.deepEqual(
        vitals()
          .map(({ message }) => message)
          .sort(),
        wanted,
      )
    }

    test('all that the engine has are in the intake though the page is gone, each once; the others are named', async () => {
      await open(sdkTag(host.intake, 'data-capture="webVitals"'))
      await clickAndWait()
      await leave()
      await names(...known[engine])
      for (const { level, message, values, attributes } of vitals()) {
        const { id, ...rest } = attributes!
        assert.equal(level, 'info')
        assert.deepEqual(Object.keys(values!), [message])
        assert.match(String(id), /^v6-/)
        const rating = message === 'inp' ? rest.rating : 'good'
        assert.deepEqual(rest, { rating, navigationType: 'navigate' })
      }
      const of = (name: string) => vitals().find(({ message }) => message === name)?.values?.[name]
      assert.ok(of('ttfb')! > 0 && of('fcp')! >= of('ttfb')! && of('fcp')! < 10_000)
      if (engine !== 'webkit') assert.ok(of('lcp')! >= of('fcp')! - 1 && of('inp')! >= 100, JSON.stringify(vitals()))
      if (engine === 'chromium') assert.ok(of('cls')! > 0 && of('cls')! < 1, String(of('cls')))
      const missing = host.intake.stored.find(({ message }) => message === 'web_vitals_unsupported')
      const unknown = { chromium: undefined, firefox: 'cls', webkit: 'lcp inp cls' }
      assert.deepEqual([missing?.kind, missing?.attributes?.metrics], [unknown[engine] && 'event', unknown[engine]])
      assert.ok(!JSON.stringify(host.intake.attempts).includes('secret'))
    })

    test('a page that comes back out of the cache is measured anew, and says so', async () => {
      await open(sdkTag(host.intake, 'data-capture="webVitals"'))
      await leave()
      const first = known[engine].filter(name => name !== 'inp')
      await names(...first)
      await comeBack()
      await leave()
      const restored = first.filter(name => name !== 'inp')
      await names(...[...first, ...restored].sort())
      const again = vitals().filter(({ attributes }) => attributes!.navigationType === 'back-forward-cache')
      assert.deepEqual(again.map(({ message }) => message).sort(), restored)
      assert.equal(new Set(vitals().map(({ attributes }) => attributes!.id)).size, vitals().length)
    })

    test('with attribution each tells what was behind it: parts in ms and a selector, and never a text', async () => {
      await open(`<script>${await bundleWithAttribution(host.intake)}</script>`)
      await clickAndWait()
      await leave()
      await names(...known[engine])
      const of = (name: string) => vitals().find(({ message }) => message === name)
      const { ttfb, waiting, cache, dns, connection, request } = of('ttfb')!.values!
      assert.ok(Math.abs(waiting! + cache! + dns! + connection! + request! - ttfb!) < 1, JSON.stringify(of('ttfb')))
      assert.equal(of('fcp')!.attributes!.loadState !== undefined, true)
      if (engine !== 'webkit') {
        const { values, attributes } = of('lcp')!
        const parts = values!.ttfb! + values!.resourceDelay! + values!.resourceLoad! + values!.renderDelay!
        assert.ok(Math.abs(parts - values!.lcp!) < 1, JSON.stringify(values))
        assert.equal(attributes!.target, '#teaser')
        const inp = of('inp')!
        assert.equal(inp.attributes!.interaction, 'pointer')
        // Chromium leaves `target` empty now and then: https://www.w3.org/TR/event-timing/#dom-performanceeventtiming-target
        const unknown = engine === 'chromium' && inp.attributes!.target === undefined
        if (!unknown) assert.equal(inp.attributes!.target, '#buy')
        assert.ok(inp.values!.processing! >= 100, JSON.stringify(inp))
      }
      if (engine === 'chromium') {
        assert.match(String(of('cls')!.attributes!.target), /#teaser|#below/)
        assert.equal(of('inp')!.attributes!.script, `${host.pages.origin}/`)
      }
      assert.ok(!/private|secret/.test(JSON.stringify(host.intake.attempts)))
    })

    // As Chrome before 92: in the dependency it would throw, where no guard of ours is.
    test('in an engine older than the dependency knows, what would fail there is left out', async () => {
      await open(`<script>delete Array.prototype.at</script>${sdkTag(host.intake, 'data-capture="webVitals,errors"')}`)
      await leave()
      await names(...known[engine].filter(name => name !== 'cls' && name !== 'inp'))
      await comeBack()
      assert.deepEqual(await pageErrors(host.page), [])
      assert.deepEqual(
        host.intake.stored.filter(({ kind }) => kind === 'exception'),
        [],
      )
    })

    test('a logger that was closed is told nothing more', async () => {
      await open(sdkTag(host.intake, 'data-capture="webVitals"'))
      await host.page.evaluate('void lokiBeacon.close().then(() => { window.before = lokiBeacon.stats().created })')
      const before = await waitFor(() => host.page.evaluate('window.before'), { timeoutMs, what: 'the end of close()' })
      await leave()
      await comeBack()
      assert.equal(await host.page.evaluate('lokiBeacon.stats().created'), before)
      assert.deepEqual(await pageErrors(host.page), [])
    })
  })
}

/** It shifts once, and takes a while to answer a click. */
function shopPage(tags: string): string {
  return `<!doctype html><title>shop</title>
  <script>
    window.pageErrors = []
    addEventListener('error', event => pageErrors.push(event.message))
    addEventListener('unhandledrejection', event => pageErrors.push(String(event.reason)))
  </script>
  ${tags}
  <button id="buy">private</button>
  <h1 id="teaser" class="big">private words, and many of them, so that nothing is larger</h1>
  <p id="below">private</p>
  <script>
    window.clicked = window.shifted = false
    document.querySelector('#buy').onclick = () => {
      for (const end = performance.now() + 120; performance.now() < end; );
      clicked = true
    }
    requestAnimationFrame(() => setTimeout(() => {
      const late = Object.assign(document.createElement('div'), { style: 'height: 90px' })
      document.querySelector('#teaser').before(late)
      shifted = true
    }, 30))
  </script>`
}

/** What a page makes that has `loki-beacon/core` and this plugin alone. */
async function bundleWithAttribution({ url }: Intake): Promise<string> {
  const root = new URL('../../sdk/src', import.meta.url).pathname
  const result = await build({
    stdin: {
      contents: `
        import { init } from '${root}/index.ts'
        import { webVitalsAttribution } from '${root}/capture/webVitalsAttribution.ts'
        const capture = { navigation: false, resources: false, csp: false, reports: false, connectivity: false }
        init({ url: '${url}', key: 'pk_shop_web', capture, plugins: [webVitalsAttribution] })`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'iife',
  })
  return result.outputFiles[0]!.text.replaceAll('</script', '<\\/script')
}

/** As most sites are served: `Cache-Control: no-store` may keep a page out of the back/forward cache. */
async function serveCacheable(content: Record<string, string>): Promise<PageServer> {
  const bundle = await bundleOf('cdn')
  return servePages(({ url = '' }, response: ServerResponse) => {
    const path = url.replace(/\?.*/, '')
    if (path === '/sdk/loki-beacon.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle)
    else if (content[path]) response.writeHead(200, { 'content-type': 'text/html' }).end(content[path])
    else response.writeHead(404).end()
  })
}
