import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertHarmless, type Host, inEveryEngine, reportedCodes, startSdk, timeoutMs } from '../promise/hostPage.ts'
import { waitFor } from '../support/waitFor.ts'
import { errorsOnly, everything, flush, pageErrors, type SdkGlobals, sdkTag, statsOf } from './sdkPage.ts'

inEveryEngine('what the page does by itself', (host, engine) => {
  test('the load is timed once, with what the browser knows and nothing else', async () => {
    await host.open(sdkTag(host.intake, 'data-capture="navigation"'))
    const { kind, level, values, attributes } = await recorded(host, 'navigation')
    assert.deepEqual([kind, level, attributes], ['measurement', 'info', { type: 'navigate' }])
    const { ttfb, domInteractive, domContentLoaded, load, transferKb } = values!
    assert.ok(0 < ttfb! && ttfb! <= domInteractive! && domInteractive! <= domContentLoaded!, JSON.stringify(values))
    assert.ok(domContentLoaded! <= load! && transferKb! > 0.2 && transferKb! < 5, JSON.stringify(values))
    for (const [name, value] of Object.entries(values!)) assert.ok(Number.isFinite(value) && value >= 0, name)
    assert.deepEqual([values!.tls, values!.redirect], [undefined, undefined])
    await host.page.evaluate('new Promise(resolve => (location.reload(), setTimeout(resolve, 50)))').catch(() => {})
    await waitFor(() => count(host, 'navigation') === 2, { timeoutMs, what: 'the reload' })
    assert.deepEqual(host.intake.stored.findLast(isNamed('navigation'))!.attributes, { type: 'reload' })
  })

  test('a change of route is an event with both addresses, and one of the query or an anchor is none', async () => {
    await host.open(sdkTag(host.intake, 'data-capture="navigation"'))
    await host.page.evaluate(async () => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      const visit = async (address: string) => {
        history.pushState(null, '', address)
        // Where nobody tells of it, it is noticed with the next record.
        lokiBeacon.info('there')
        await new Promise(resolve => setTimeout(resolve, 50))
        await lokiBeacon.flush()
      }
      for (const address of ['/list?token=secret', '/list?token=other', '/list#anchor', '/item', '/item#/cart'])
        await visit(address)
    })
    await waitFor(() => count(host, 'route_change') >= 3, { timeoutMs, what: 'the changes' })
    const { origin } = host.pages
    assert.deepEqual(
      host.intake.stored.filter(isNamed('route_change')).map(({ kind, attributes }) => [kind, attributes]),
      [
        ['event', { from: `${origin}/`, to: `${origin}/list` }],
        ['event', { from: `${origin}/list`, to: `${origin}/item` }],
        // A router that keeps its routes in the fragment.
        ['event', { from: `${origin}/item`, to: `${origin}/item` }],
      ],
    )
    assert.ok(!JSON.stringify(host.intake.attempts).includes('secret'))
  })

  test('whatever fails to load is recorded once, as an error where the page needs it, and not if it is ours', async () => {
    await host.open(`${sdkTag(host.intake, 'data-capture="resources,errors"')}
      <img src="/missing.png?user=secret"><img src="/missing.png?user=other"><img src="">
      <script src="/missing.js"></script><script src="${host.intake.url}/sdk/v1/other.js"></script>
      <link rel="stylesheet" href="/missing.css"><video src="/missing.mp4"></video>
      <svg><image href="/missing.svg?user=secret"/></svg>
      <style>@font-face { font-family: lost; src: url(/missing.woff2) } p { font-family: lost }</style><p>text</p>
      <script>setTimeout(() => { throw new Error('later') }, 300)</script>`)
    const error = await recorded(host, 'Error: later')
    await flush(host.page)
    // Of fonts the other engines may tell later, or not at all.
    const isTold = (tag: unknown) => tag !== 'font' || engine === 'chromium'
    const seen = host.intake.stored.filter(
      ({ message, attributes }) => message.startsWith('failed') && isTold(attributes!.tag),
    )
    const { origin } = host.pages
    const expected = [
      ['error', 'link', `${origin}/missing.css`],
      ['error', 'script', `${origin}/missing.js`],
      ...(engine === 'chromium' ? [['warn', 'font', 'lost']] : []),
      ['warn', 'image', `${origin}/missing.svg`],
      ['warn', 'img', `${origin}/missing.png`],
      ['warn', 'video', `${origin}/missing.mp4`],
    ]
    assert.deepEqual(
      seen.map(({ level, attributes: a }) => [level, a!.tag, a!.url ?? a!.family]).sort(),
      expected,
      JSON.stringify(seen),
    )
    for (const { kind, message, attributes } of seen)
      assert.deepEqual([kind, message], ['log', `failed to load ${attributes!.tag}`])
    assert.ok(!JSON.stringify(host.intake.attempts).includes('secret'))
    const trail = error.breadcrumbs!.map(({ category, message }) => `${category}: ${message}`)
    assert.ok(trail.includes(`resource: failed to load script ${origin}/missing.js`), trail.join('\n'))
  })

  test('of a hundred images that fail, twenty are recorded', async () => {
    await host.open(`${sdkTag(host.intake, 'data-capture="resources"')}<script>
      for (let n = 0; n < 100; n++) document.write('<img src="/missing/' + n + '.png">')
    </script>`)
    await waitFor(() => host.pages.requests.length > 100, { timeoutMs, what: 'all requests' })
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 100)))
    await flush(host.page)
    assert.equal(count(host, 'failed to load img'), 20)
  })

  test('violations of the policy are recorded once each, and those of our own requests never', async () => {
    const policy = "img-src 'self'; style-src 'self'; connect-src 'self'"
    const report = "font-src 'none'"
    await host.open('', {
      '/guarded': {
        headers: { 'content-security-policy': policy, 'content-security-policy-report-only': report },
        body: `${startSdk(host.intake, { capture: { ...errorsOnly, csp: true }, retry: { baseDelayMs: 20, maxDelayMs: 50 } })}
          <script>violations = 0; addEventListener('securitypolicyviolation', () => violations++)</script>
          <img src="http://127.0.0.2:1/x.png?user=secret"><img src="http://127.0.0.2:1/x.png?user=other"><img src="data:image/png;base64,AA">
          <style>p { color: red }</style>
          <script>new FontFace('a', 'url(/a.woff2)').load().catch(() => {})</script>`,
      },
      '/open': sdkTag(host.intake),
    })
    await host.page.goto(`${host.pages.origin}/guarded`)
    await waitFor(async () => Number(await host.page.evaluate('violations')) >= 12, {
      timeoutMs,
      what: 'our attempts to be blocked, over and over',
    })
    const { created } = await statsOf(host.page)
    assert.deepEqual(await pageErrors(host.page), [])
    // From a page whose policy lets them through.
    await host.page.goto(`${host.pages.origin}/open`)
    await waitFor(() => host.intake.stored.length >= created, { timeoutMs, what: 'the records' })
    const seen = host.intake.stored.map(({ kind, level, message, attributes: a }) => {
      assert.deepEqual([kind, level, message], ['log', 'warn', `csp violation ${a!.directive}`])
      return [String(a!.directive).replace('-elem', ''), a!.blocked, a!.disposition]
    })
    assert.deepEqual(seen.sort(), [
      ['font-src', `${host.pages.origin}/a.woff2`, 'report'],
      ['img-src', 'data', 'enforce'],
      ['img-src', 'http://127.0.0.2:1/x.png', 'enforce'],
      ['style-src', 'inline', 'enforce'],
    ])
    assert.ok(!JSON.stringify(host.intake.attempts).includes('secret'))
  })

  test('deprecated APIs in use are recorded once, where the engine reports them', async () => {
    await host.open(`<script>
      const ask = () => { const request = new XMLHttpRequest(); request.open('GET', '/favicon.ico', false); request.send() }
      ask()
    </script>
    ${sdkTag(host.intake, 'data-capture="reports"')}<script>ask(); ask()</script>`)
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 200)))
    await flush(host.page)
    const seen = host.intake.stored
    if (engine !== 'chromium') return assert.deepEqual(seen, [])
    // From before the SDK, too.
    assert.equal(seen.length, 1)
    const [{ kind, level, message, attributes }] = seen as [(typeof seen)[0]]
    assert.deepEqual([kind, level], ['log', 'warn'])
    assert.match(message, /^deprecation: Synchronous/)
    assert.deepEqual(
      [attributes!.type, attributes!.source, typeof attributes!.id, typeof attributes!.line],
      ['deprecation', `${host.pages.origin}/`, 'string', 'number'],
    )
  })

  test('frames that scripts have blocked are recorded as the page is left, where the engine has them', async () => {
    await host.open(
      `${sdkTag(host.intake, 'data-capture="longFrames"')}<script>
        onload = () => setTimeout(function block() {
          for (const end = performance.now() + 400; performance.now() < end; );
          setTimeout(() => (window.blocked = true), 100)
        }, 100)
      </script>`,
      { '/other': '' },
    )
    await waitFor(() => host.page.evaluate('blocked === true'), { timeoutMs, what: 'the frame to be over' })
    assert.equal((await statsOf(host.page)).created, 0)
    await host.page.goto(`${host.pages.origin}/other`)
    if (engine !== 'chromium') return assert.deepEqual(host.intake.stored, [])
    const { kind, values, attributes } = await recorded(host, 'long_frame')
    assert.equal(kind, 'measurement')
    assert.ok(values!.blocking! >= 300 && values!.duration! >= 400, JSON.stringify(values))
    assert.ok(Number(attributes!.startMs) > 0)
    const [script] = attributes!.scripts as { source: string; duration: number }[]
    assert.equal(script!.source, `${host.pages.origin}/`)
    assert.ok(script!.duration >= 390)
  })

  test('hiding the page is an event, and it leaves with the page', async () => {
    await host.open(sdkTag(host.intake, 'data-capture="visibility"'), { '/other': '' })
    await host.page.goto(`${host.pages.origin}/other`)
    const { kind, attributes } = await recorded(host, 'page_hidden')
    assert.equal(kind, 'event')
    assert.ok(Number(attributes!.visibleMs) >= 0)
  })

  test('a page that is hidden and may never be shown again sends what is known only then by one beacon', async () => {
    await host.open(`${sdkTag(host.intake, 'data-capture="visibility,webVitals"')}<h1>shop</h1>`)
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 500)))
    await flush(host.page)
    host.intake.attempts.length = 0
    // As another tab in front does it; no driver hides one the same way in all three.
    await host.page.evaluate(() => {
      ;(globalThis as unknown as SdkGlobals).lokiBeacon.info('before')
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await recorded(host, 'page_hidden')
    const [first] = host.intake.attempts
    const messages = ['before', ...(engine === 'chromium' ? ['cls'] : []), 'page_hidden']
    assert.deepEqual([first!.how, first!.records.map(({ message }) => message).sort()], ['beacon', messages.sort()])
  })

  test('going offline and online again is told, with how long it took, and precedes what goes wrong', async () => {
    await host.open(`${sdkTag(host.intake, 'data-capture="connectivity,errors"')}<script>
      addEventListener('online', () => setTimeout(() => { throw new Error('afterwards') }))
    </script>`)
    // Only of Chromium the network can be switched; elsewhere the events are sent by hand, which is all that we go by.
    const { page } = host as unknown as { page: { setOfflineMode(isOffline: boolean): Promise<void> } }
    const isOffline = (value: boolean) =>
      engine === 'chromium'
        ? page.setOfflineMode(value)
        : host.page.evaluate(type => void dispatchEvent(new Event(type)), value ? 'offline' : 'online')
    await isOffline(true)
    await new Promise(resolve => setTimeout(resolve, 60))
    await isOffline(false)
    const error = await recorded(host, 'Error: afterwards')
    const { attributes } = await recorded(host, 'online')
    assert.equal((await recorded(host, 'offline')).kind, 'event')
    assert.ok(Number(attributes!.offlineMs) >= 50 && Number(attributes!.offlineMs) < 5000, JSON.stringify(attributes))
    assert.deepEqual(
      error.breadcrumbs!.map(({ category, message }) => [category, message]),
      [
        ['connectivity', 'offline'],
        ['connectivity', 'online'],
      ],
    )
  })

  test('an engine without any of the APIs, in a page that forbids to listen, costs no error and no record', async () => {
    await host.open(`<script>
      for (const name of ['PerformanceObserver', 'ReportingObserver', 'PerformanceEventTiming', 'navigation'])
        Object.defineProperty(window, name, { value: undefined })
      Object.defineProperty(document, 'fonts', { value: undefined })
      Object.defineProperty(performance, 'getEntriesByType', { value: undefined })
      const { addEventListener } = EventTarget.prototype
      EventTarget.prototype.addEventListener = function (type, ...rest) {
        if (['securitypolicyviolation', 'offline', 'prerenderingchange'].includes(type)) throw new Error('not here')
        return addEventListener.call(this, type, ...rest)
      }
    </script>
    ${startSdk(host.intake, { capture: everything })}
    <script>lokiBeacon.info('ready')</script>`)
    await recorded(host, 'ready')
    await host.page.evaluate(() => dispatchEvent(new Event('online')))
    await recorded(host, 'online')
    assert.equal((await recorded(host, 'web_vitals_unsupported')).attributes!.metrics, 'lcp inp cls fcp ttfb')
    const messages = host.intake.stored.map(({ message }) => message)
    assert.deepEqual(messages.sort(), ['online', 'ready', 'session_start', 'web_vitals_unsupported'])
    assert.deepEqual(await reportedCodes(host.page), [])
    await assertHarmless(host.page)
  })

  test('what is turned off listens to nothing, and close takes all listeners and observers away', async () => {
    // Those of web-vitals stay, and tell nobody.
    const rest = { ...everything, webVitals: false }
    await host.open(`<script>(${countListeners})()</script><script src="/sdk/loki-beacon.js"></script>`)
    const counts = await host.page.evaluate(
      async (url, alone, all) => {
        const { lokiBeacon, listening } = globalThis as unknown as SdkGlobals & { listening(): number }
        const start = (capture: object) => lokiBeacon.init({ url, key: 'pk_shop_web', capture })
        const seen: number[] = []
        for (const capture of [alone, all, alone]) {
          const log = start(capture)
          seen.push(listening())
          await log.close()
          seen.push(listening())
        }
        return seen
      },
      host.intake.url,
      errorsOnly,
      rest,
    )
    const [alone, closed, all] = counts as [number, number, number]
    assert.ok(all > alone, counts.join())
    assert.deepEqual(counts, [alone, closed, all, closed, alone, closed])
  })
})

function isNamed(name: string): (record: { message: string }) => boolean {
  return ({ message }) => message === name
}

function count({ intake }: Host, name: string): number {
  return intake.stored.filter(isNamed(name)).length
}

function recorded({ intake }: Host, name: string) {
  return waitFor(() => intake.stored.find(isNamed(name)), { timeoutMs, what: name })
}

/** Runs in the page: `listening()` tells how many listeners and observers there are. */
function countListeners(): void {
  const { addEventListener, removeEventListener } = EventTarget.prototype
  const live: [EventTarget, string, unknown][] = []
  const observers = new Set<unknown>()
  EventTarget.prototype.addEventListener = function (this: EventTarget | undefined, ...args: [string, EventListener]) {
    live.push([this ?? window, args[0], args[1]])
    return addEventListener.apply(this ?? window, args)
  }
  EventTarget.prototype.removeEventListener = function (
    this: EventTarget | undefined,
    ...args: [string, EventListener]
  ) {
    const index = live.findIndex(([target, type, listener]) => {
      return target === (this ?? window) && type === args[0] && listener === args[1]
    })
    if (index >= 0) live.splice(index, 1)
    return removeEventListener.apply(this ?? window, args)
  }
  for (const name of ['PerformanceObserver', 'ReportingObserver']) {
    const { prototype = {} } = (Reflect.get(window, name) ?? {}) as { prototype?: Record<string, () => void> }
    const { observe, disconnect } = prototype
    Object.assign(prototype, {
      observe(this: unknown, ...args: []) {
        observers.add(this)
        return observe?.apply(this, args)
      },
      disconnect(this: unknown) {
        observers.delete(this)
        return disconnect?.apply(this)
      },
    })
  }
  // Some targets are taken by name alone, such as requests of a database, and go by themselves.
  const lasting = () => live.filter(([target]) => [window, document, document.fonts].includes(target as never))
  Object.assign(window, { listening: () => lasting().length + observers.size })
}
