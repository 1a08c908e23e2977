import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertHarmless, inEveryEngine, startSdk, timeoutMs } from '../promise/hostPage.ts'
import { waitFor } from '../support/waitFor.ts'
import { errorsOnly, flush, type SdkGlobals } from './sdkPage.ts'

/** As in browsers that came before it. */
const withoutNavigationApi = `<script>Object.defineProperty(window, 'navigation', { value: undefined })</script>`
const capture = { ...errorsOnly, navigation: true }
const pauseMs = 300

/** What runs in the page finds these. */
interface PageGlobals extends SdkGlobals {
  isPatched(): boolean
}

const isPatched = `<script>
  const natives = [history.pushState, history.replaceState]
  isPatched = () => history.pushState !== natives[0] || history.replaceState !== natives[1]
    || Object.keys(history).length > 0
</script>`

for (const [name, before] of [
  ['with what the engine has', ''],
  ['without the Navigation API', withoutNavigationApi],
] as const) {
  inEveryEngine(`changes of route, ${name},`, host => {
    test('are told when they happen, each, also where nothing else does, and lead up to the next exception', async () => {
      await host.open(before + startSdk(host.intake, { capture }))
      const changedAtMs = await host.page.evaluate(async pauseMs => {
        const changedAtMs: number[] = []
        const change = async (work: () => void) => {
          changedAtMs.push(performance.timeOrigin + performance.now())
          work()
          await new Promise(resolve => setTimeout(resolve, pauseMs))
        }
        await change(() => history.pushState({ n: 1 }, '', '/list'))
        await change(() => history.replaceState({ n: 2 }, '', '/list/sorted'))
        // Neither is a change of route.
        history.pushState({ n: 3 }, '', '/list/sorted?token=secret')
        history.replaceState({ n: 4 }, '')
        await change(() => history.pushState({ n: 5 }, '', '/item'))
        await change(() => history.go(-2))
        ;(globalThis as unknown as PageGlobals).lokiBeacon.error(new Error('at last'))
        return changedAtMs
      }, pauseMs)
      await flush(host.page)
      const paths = ['/', '/list', '/list/sorted', '/item', '/list/sorted'].map(path => host.pages.origin + path)
      const routes = paths.slice(1).map((to, i) => ({ from: paths[i], to }))
      const byPlace = [...host.intake.stored].sort((a, b) => a.n - b.n)
      const told = byPlace.filter(({ message }) => message === 'route_change')
      assert.deepEqual(
        told.map(({ kind, attributes }) => [kind, attributes]),
        routes.map(route => ['event', route]),
      )
      for (const [i, { t }] of told.entries()) {
        const lateMs = t - changedAtMs[i]!
        assert.ok(lateMs > -20 && lateMs < pauseMs, `${routes[i]!.to} is told ${lateMs} ms late`)
      }
      const trail = byPlace.find(({ message }) => message === 'Error: at last')!.breadcrumbs!
      assert.deepEqual(
        trail.map(({ message, data }) => [message, data?.from]),
        [[paths[0], undefined], ...routes.map(({ from, to }) => [to, from])],
      )
      for (const [i, { t }] of trail.slice(1).entries())
        assert.ok(Math.abs(t - told[i]!.t) < pauseMs / 3, `${t} and ${told[i]!.t}`)
      await assertHarmless(host.page)
    })
  })
}

inEveryEngine('methods of the history, without the Navigation API,', (host, engine) => {
  test('return, throw and take as before, beside patches of others, and close puts them back', async () => {
    await host.open(`${withoutNavigationApi}${isPatched}<script>
      const { pushState } = history
      seen = []
      history.pushState = function (...args) {
        seen.push(['earlier', this === history, args])
        return pushState.apply(this, args) ?? 'own'
      }
    </script>${startSdk(host.intake, { capture })}<script>
      const { replaceState } = history
      history.replaceState = function (...args) {
        seen.push(['later', this === history, args])
        return replaceState.apply(this, args)
      }
    </script>`)
    const [results, seen, thrown, isRefused] = await host.page.evaluate(() => {
      const results = [history.pushState(7, 'title', '/a'), history.replaceState(8, '', '/b'), history.state].map(
        String,
      )
      const thrown = [
        () => history.pushState(null, '', 'https://other.example/'),
        () => history.pushState(() => {}, ''),
        () => (history.pushState as () => void)(),
      ].map(work => {
        try {
          return String(work())
        } catch (error) {
          return (error as Error).name
        }
      })
      const { replaceState } = history
      let isRefused = false
      try {
        replaceState(null, '', '/c')
      } catch (error) {
        isRefused = error instanceof TypeError
      }
      return [results, (globalThis as unknown as { seen: unknown[] }).seen.slice(0, 2), thrown, isRefused] as const
    })
    assert.deepEqual(results, ['own', 'undefined', '8'])
    assert.deepEqual(seen, [
      ['earlier', true, [7, 'title', '/a']],
      ['later', true, [8, '', '/b']],
    ])
    assert.deepEqual(thrown, ['SecurityError', 'DataCloneError', 'TypeError'], engine)
    assert.ok(isRefused)
    await flush(host.page)
    const routes = () => host.intake.stored.filter(({ message }) => message === 'route_change')
    assert.deepEqual(
      routes().map(({ attributes }) => attributes),
      [
        { from: `${host.pages.origin}/`, to: `${host.pages.origin}/a` },
        { from: `${host.pages.origin}/a`, to: `${host.pages.origin}/b` },
      ],
    )
    await assertHarmless(host.page)
    // The later patch of another stays, with ours below it, which lets everything through.
    await host.page.evaluate(async () => {
      await (globalThis as unknown as PageGlobals).lokiBeacon.close()
      history.pushState(null, '', '/d')
      history.replaceState(null, '', '/e')
    })
    assert.equal(await host.page.evaluate('location.pathname'), '/e')
    assert.equal(routes().length, 2)
  })

  test('are as they were where the browser tells of routes, where navigation is off, and after close', async () => {
    const start = startSdk(host.intake, { capture })
    await host.open(`${withoutNavigationApi}${isPatched}${start}`, {
      '/off': `<!doctype html>${withoutNavigationApi}${isPatched}${startSdk(host.intake, { capture: errorsOnly })}`,
      '/told': `<!doctype html><script>if (!window.navigation) window.navigation = new EventTarget()</script>${isPatched}${start}`,
    })
    const patched = () => host.page.evaluate(() => (globalThis as unknown as PageGlobals).isPatched())
    assert.equal(await patched(), true)
    await host.page.evaluate(() => (globalThis as unknown as PageGlobals).lokiBeacon.close())
    assert.equal(await patched(), false)
    for (const path of ['/off', '/told']) {
      await host.page.goto(host.pages.origin + path)
      assert.equal(await patched(), false, path)
    }
  })

  test('that can’t be patched leave the change to the next record', async () => {
    await host.open(
      `${withoutNavigationApi}<script>Object.freeze(history)</script>${startSdk(host.intake, { capture })}`,
    )
    await host.page.evaluate(() => {
      history.pushState(null, '', '/list')
      ;(globalThis as unknown as PageGlobals).lokiBeacon.info('there')
    })
    await waitFor(() => host.intake.stored.find(({ message }) => message === 'route_change'), {
      timeoutMs,
      what: 'the change',
    })
    await assertHarmless(host.page)
  })
})
