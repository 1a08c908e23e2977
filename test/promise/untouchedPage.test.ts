import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bundleOf,
  errorsOnly,
  everything,
  flush,
  isBalanced,
  pageErrors,
  type SdkGlobals,
  statsOf,
} from '../browser/sdkPage.ts'
import { addFrame } from '../support/deliveryPage.ts'
import {
  assertHarmless,
  assertStoredOnce,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  waitForStats,
} from './hostPage.ts'

/** All that only listens. */
const listening = Object.fromEntries(
  'webVitals navigation resources csp reports longFrames visibility connectivity'.split(' ').map(name => [name, true]),
)

inEveryEngine('the page around the SDK', host => {
  test('has all of its methods, handlers and prototypes as they were, but those that alone can tell, and after close all', async () => {
    const handlers = `<script>
      onerror = onunhandledrejection = onpagehide = onpopstate = () => {}
      document.onvisibilitychange = onerror
    </script>`
    await host.open(
      `${handlers}<script>(${watchGlobals})()</script>${startSdk(host.intake, { capture: { ...errorsOnly, ...listening, network: true } })}`,
    )
    await logSome(host.page, 10)
    assert.equal(await flush(host.page), true)
    const changes = () => host.page.evaluate(() => (globalThis as unknown as Watch).changedGlobals().sort())
    // Of requests only their methods can tell; `capture: { network: false }` leaves these too. The same of routes.
    const hasNavigationApi = await host.page.evaluate(() => 'navigation' in globalThis)
    assert.deepEqual(await changes(), [
      'XMLHttpRequest.prototype.open',
      'XMLHttpRequest.prototype.send',
      'fetch',
      ...(hasNavigationApi ? [] : ['history.pushState', 'history.replaceState']),
      'lokiBeacon',
    ])
    await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.close())
    assert.deepEqual(await changes(), ['lokiBeacon'])
  })

  test('is left in peace while nothing happens, though everything is captured: no timer, no frame, no request', async () => {
    await host.open(`<script>(${countWork})()</script>${startSdk(host.intake, { capture: everything })}`)
    await logSome(host.page, 10)
    await waitForStats(host.page, 'the answer', ({ delivered, pending }) => delivered >= 10 && pending === 0)
    // What is measured once after the load is over by then.
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1500)))
    const work = () => host.page.evaluate(() => [...(globalThis as unknown as { work: string[] }).work])
    const before = (await work()).length
    // The pause itself is a timer of the test's.
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1501)))
    assert.deepEqual((await work()).slice(before), ['setTimeout 1501'])
    assert.ok(before > 1)
    await assertHarmless(host.page)
  })

  test('gets its own errors and rejections as without us, each once, and decides what is printed', async () => {
    await host.open(`<script>
      seen = []
      onerror = message => { seen.push('onerror ' + /one|two/.exec(message)); return true }
      onunhandledrejection = event => { seen.push('onunhandledrejection ' + event.reason.message); event.preventDefault() }
    </script>
    ${startSdk(host.intake)}
    <script>
      addEventListener('error', event => seen.push('error ' + /one|two/.exec(event.message) + event.defaultPrevented))
      setTimeout(() => { throw new Error('one') })
      setTimeout(() => { throw new Error('two') }, 20)
      setTimeout(() => Promise.reject(new Error('three')), 40)
    </script>`)
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 3)
    assert.deepEqual(await host.page.evaluate('seen'), [
      'onerror one',
      'error onetrue',
      'onerror two',
      'error twotrue',
      'onunhandledrejection three',
    ])
    assertStoredOnce(host.intake, ['Error: one', 'Error: two', 'Error: three'])
  })

  test('whose policy forbids our requests keeps the records, and hears of few attempts', async () => {
    const retry = { baseDelayMs: 1000, maxDelayMs: 60_000, breakerThreshold: 5 }
    await host.open(
      `${policy("connect-src 'none'")}<script>
        violations = 0
        addEventListener('securitypolicyviolation', () => violations++)
      </script>${startSdk(host.intake, { retry })}`,
      { '/next': startSdk(host.intake) },
    )
    await logSome(host.page, 20)
    assert.equal(await flush(host.page), false)
    await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1500)))
    const stats = await statsOf(host.page)
    assert.deepEqual([stats.created, stats.pending, stats.lastError?.code], [20, 20, 'network_error'])
    assert.deepEqual(await reportedCodes(host.page), ['network_error'])
    const violations = Number(await host.page.evaluate('violations'))
    assert.ok(violations > 0 && violations <= 16, `${violations} violations`)
    await assertHarmless(host.page)
    await host.page.goto(`${host.pages.origin}/next`)
    await waitForStats(host.page, 'the next page', () => host.intake.stored.length >= 20)
    assertStoredOnce(host.intake, numbered(20))
  })

  test('whose policy forbids our script has the loader’s stand-in, and hears nothing', async () => {
    const loader = await bundleOf('loader')
    await host.open(`${policy("script-src 'nonce-own'")}<script nonce="own">${loader}</script>
      <script src="/sdk/loki-beacon.js" data-key="pk_shop_web"></script>
      <script nonce="own">
        lokiBeacon.info('early')
        lokiBeacon.with({ a: 1 }).error(new Error('early'))
        var created = lokiBeacon.stats().created
      </script>`)
    assert.deepEqual(await host.page.evaluate('[created, lokiBeacon.queue.entries.length]'), [2, 2])
    await assertHarmless(host.page)
  })

  test('that enforces Trusted Types, where the engine knows them, is not hindered', async () => {
    await host.open(`${policy("require-trusted-types-for 'script'; trusted-types 'none'")}<script>
      violations = 0
      addEventListener('securitypolicyviolation', () => violations++)
    </script>${startSdk(host.intake)}`)
    await logSome(host.page, 20)
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 20)
    assert.equal(await host.page.evaluate('violations'), 0)
    assertStoredOnce(host.intake, numbered(20))
    await assertHarmless(host.page)
  })

  test('that is a sandboxed frame, without storage and locks, delivers all the same', async () => {
    await host.open('', { '/frame': startSdk(host.intake) })
    const frame = await addFrame(host.page, `${host.pages.origin}/frame`, 'allow-scripts')
    await logSome(frame, 20)
    await waitForStats(frame, 'the answer', ({ delivered }) => delivered === 20)
    const stats = await statsOf(frame)
    assert.deepEqual([stats.persistence, stats.pending, stats.dropped], ['memory', 0, {}])
    assertStoredOnce(host.intake, numbered(20))
    assert.deepEqual(await pageErrors(frame), [])
  })

  test('with noise from extensions: errors of theirs are stored or counted as filtered, and cost nothing else', async () => {
    await host.open(startSdk(host.intake))
    await host.page.evaluate(() => {
      for (const scheme of ['chrome', 'moz', 'safari-web'])
        setTimeout(`throw new Error('noise')\n//# sourceURL=${scheme}-extension://abcdef/content.js`)
      setTimeout(() => dispatchEvent(new CustomEvent('unhandledrejection', { detail: { reason: new Error('noise') } })))
      setTimeout(() => dispatchEvent(new Event('error')))
      setTimeout(() => dispatchEvent(new CustomEvent('pagehide')))
      setTimeout(() => document.dispatchEvent(new CustomEvent('visibilitychange')))
    })
    await logSome(host.page, 20)
    const stats = await waitForStats(host.page, 'the answers', ({ created, pending }) => created >= 24 && pending === 0)
    assert.ok(isBalanced(stats), JSON.stringify(stats))
    assert.equal(stats.delivered + (stats.dropped.filtered ?? 0), stats.created)
    const own = host.intake.stored.filter(({ message }) => message.startsWith('record'))
    assertStoredOnce({ stored: own }, numbered(20))
  })
})

/** Runs in the page, and notes each request, and each timer and frame that anyone has asked for when its time comes. */
function countWork(): void {
  const work: string[] = []
  for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame', 'requestIdleCallback']) {
    const original: unknown = Reflect.get(window, name)
    if (typeof original !== 'function') continue
    Reflect.set(window, name, (callback: (...args: unknown[]) => void, ...rest: unknown[]) => {
      const noted = (...args: unknown[]) => {
        work.push(`${name} ${rest[0] ?? ''}`.trim())
        callback(...args)
      }
      return original.call(window, noted, ...rest)
    })
  }
  for (const [owner, name] of [
    [window, 'fetch'],
    [navigator, 'sendBeacon'],
  ] as const) {
    const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown
    Reflect.set(owner, name, (...args: unknown[]) => {
      work.push(name)
      return original.apply(owner, args)
    })
  }
  Object.assign(window, { work })
}

function policy(content: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="${content}">`
}

interface Watch {
  /** Paths of what is another than it was. */
  changedGlobals(): string[]
}

/** Runs in the page, and notes each function, getter and setter of each global and of its prototype. */
function watchGlobals(): void {
  const before = look()
  Object.assign(globalThis, {
    changedGlobals() {
      const after = look()
      const paths = new Set([...before.keys(), ...after.keys()])
      return [...paths].filter(path => path !== 'changedGlobals' && before.get(path) !== after.get(path))
    },
  })

  function look(): Map<string, unknown> {
    const seen = new Map<string, unknown>()
    const namespaces = 'JSON Math Reflect console document history location navigator performance'.split(' ')
    const named = namespaces.map((name): [string, unknown] => [name, Reflect.get(window, name)])
    named.push(['', window])
    for (const name of Object.getOwnPropertyNames(window)) {
      if (name.startsWith('on')) seen.set(`${name} handler`, Reflect.get(window, name))
      const value: unknown = Object.getOwnPropertyDescriptor(window, name)?.value
      if (typeof value !== 'function') continue
      named.push([name, value])
      if (value.prototype) named.push([`${name}.prototype`, value.prototype])
    }
    for (const [name, owner] of named) note(seen, name, owner as object)
    return seen
  }

  function note(seen: Map<string, unknown>, name: string, owner: object): void {
    for (const key of Reflect.ownKeys(owner)) {
      if (typeof key !== 'string') continue
      const { value, get, set } = Object.getOwnPropertyDescriptor(owner, key)!
      const path = name ? `${name}.${key}` : key
      if (typeof value === 'function' || key === 'lokiBeacon') seen.set(path, value)
      if (get) seen.set(`get ${path}`, get)
      if (set) seen.set(`set ${path}`, set)
    }
  }
}
