import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { flush, isBalanced, type SdkGlobals, statsOf } from '../browser/sdkPage.ts'
import { rowCount } from '../support/deliveryPage.ts'
import type { TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import {
  assertHarmless,
  assertStoredOnce,
  type Host,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  timeoutMs,
  waitForStats,
} from './hostPage.ts'

inEveryEngine('consent', host => {
  test('pending: nothing leaves the page or is kept; granted: all is delivered once', async () => {
    await host.open(startSdk(host.intake, { consent: 'pending' }))
    await logSome(host.page, 10)
    // Longer than any timer of ours.
    await sleep(1500)
    assert.equal(host.intake.attempts.length, 0)
    assert.equal((await statsOf(host.page)).pending, 10)
    assert.deepEqual(await kept(host.page), [])
    await setConsent(host.page, 'granted')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 10)
    assertStoredOnce(host.intake, numbered(10))
    await assertHarmless(host.page)
  })

  test('pending until the page is left: nobody has ever heard of its records', async () => {
    await host.open(startSdk(host.intake, { consent: 'pending' }), { '/next': startSdk(host.intake) })
    await logSome(host.page, 10)
    await sleep(400)
    await host.page.goto(`${host.pages.origin}/next`)
    await logSome(host.page, 1, 'next')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 1)
    await sleep(1500)
    assertStoredOnce(host.intake, ['next 0'])
  })

  test('denied: what is on the device is removed at once, what waits is dropped, and what comes too', async () => {
    await waitsOnDevice(host, 10)
    await setConsent(host.page, 'denied')
    await waitFor(async () => (await kept(host.page)).length === 0, { timeoutMs, what: 'nothing to be kept' })
    await host.intake.up()
    await logSome(host.page, 5, 'later')
    assert.equal(await flush(host.page), true)
    const stats = await statsOf(host.page)
    assert.deepEqual([stats.created, stats.delivered, stats.pending, stats.dropped], [15, 0, 0, { consent: 15 }])
    assert.equal(host.intake.attempts.length, 0)
    assert.deepEqual(await kept(host.page), [])
    await assertHarmless(host.page)
  })

  test('denied for one app of the origin: what waits of another stays', async () => {
    await host.open(startSdk(host.intake))
    const ours = ['session', 'clock', 'told:pk_shop_web', 'pk_shop_web/0193e4f2a7b17c3d9e5f']
    const others = ['pk_other/0193e4f2a7b17c3d9e5f', 'pk_shop_web.2/0193e4f2a7b17c3d9e5f', 'told:pk_other']
    await host.page.evaluate(
      names => {
        for (const name of names) localStorage.setItem(`loki-beacon:${name}`, '{}')
      },
      [...ours, ...others],
    )
    await setConsent(host.page, 'denied')
    assert.deepEqual(
      (await kept(host.page)).filter(name => !name.endsWith('rows')).sort(),
      others.map(name => `loki-beacon:${name}`),
    )
  })

  test('denied while the relay has not answered yet: no attempt more, and the balance holds', async () => {
    host.intake.script = () => sleep(500)
    await host.open(startSdk(host.intake))
    await logSome(host.page, 5)
    await waitFor(() => host.intake.attempts.length === 2, {
      timeoutMs,
      what: 'a request for errors and one for the rest',
    })
    await setConsent(host.page, 'denied')
    const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
    assert.ok(isBalanced(stats), JSON.stringify(stats))
    assert.equal(host.intake.attempts.length, 2)
  })

  test('granted again: a new session, and all that comes then is delivered', async () => {
    await host.open(startSdk(host.intake))
    await logSome(host.page, 1, 'before')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 1)
    await setConsent(host.page, 'denied')
    await logSome(host.page, 1, 'denied')
    await setConsent(host.page, 'granted')
    await logSome(host.page, 1, 'after')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 2)
    assertStoredOnce(host.intake, ['before 0', 'after 0'])
    const [before, after] = host.intake.attempts.map(({ header }) => header.context?.session)
    assert.ok(before && after && before !== after, `${before} ${after}`)
  })

  test('an answer that is none of the three is taken for denied, and said', async () => {
    await host.open(startSdk(host.intake))
    await setConsent(host.page, 'yes')
    await logSome(host.page, 1)
    assert.deepEqual((await statsOf(host.page)).dropped, { consent: 1 })
    await waitFor(async () => (await reportedCodes(host.page)).length, { timeoutMs, what: 'a report' })
    assert.deepEqual(await reportedCodes(host.page), ['invalid_option'])
  })
})

async function waitsOnDevice(host: Host, count: number): Promise<void> {
  await host.intake.down()
  await host.open(startSdk(host.intake))
  await logSome(host.page, count)
  await waitFor(async () => (await rowCount(host.page)) > 0, { timeoutMs, what: 'rows on the device' })
}

function setConsent(page: TestPage, consent: string): Promise<void> {
  return page.evaluate(given => {
    const { lokiBeacon } = globalThis as unknown as SdkGlobals
    lokiBeacon.setConsent(given as 'granted')
  }, consent)
}

/** What of ours is on the device: ids of batches, and names in localStorage. */
async function kept(page: TestPage): Promise<string[]> {
  const rows = await rowCount(page)
  const names: string[] = await page.evaluate(() => Object.keys(localStorage))
  return [...(rows ? [`${rows} rows`] : []), ...names.filter(name => name.startsWith('loki-beacon:'))]
}
