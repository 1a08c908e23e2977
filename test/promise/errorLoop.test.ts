import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBalanced, type SdkGlobals, statsOf } from '../browser/sdkPage.ts'
import { waitFor } from '../support/waitFor.ts'
import { type Host, inEveryEngine, startSdk, timeoutMs, waitForStats } from './hostPage.ts'

const times = 445
/** `rateLimits.perFingerprint` */
const oneByOne = 10

/** A minute of the SDK lasts a second here. */
const shortMinute = `<script>
  const realSetTimeout = setTimeout
  window.setTimeout = (work, delayMs, ...args) => realSetTimeout(work, delayMs > 30000 ? 1000 : delayMs, ...args)
</script>`

const throwInLoop = `<script>
  function pay(i) { throw new Error('no cart ' + i) }
  for (let i = 0; i < ${times}; i++) setTimeout(() => pay(i))
</script>`

inEveryEngine('a page that throws the same error 445 times', host => {
  test('costs ten records and one that tells the number when the minute is over', async () => {
    await host.open(shortMinute + startSdk(host.intake) + throwInLoop)
    const stats = await waitForStats(host.page, 'the sum', ({ created, pending }) => created === times + 1 && !pending)
    assert.ok(isBalanced(stats))
    assert.deepEqual(stats.dropped, { repeated: times - oneByOne })
    assertTold(host)
  })

  test('tells the number when the page is left before', async () => {
    await host.open(startSdk(host.intake) + throwInLoop, { '/next': 'elsewhere' })
    await waitForStats(host.page, 'all to be thrown', ({ created, dropped }) => {
      return created === times && dropped.repeated === times - oneByOne
    })
    const next = `${host.pages.origin}/next`
    await host.page.goto(next)
    await waitFor(() => repeatedOf(host) === times - oneByOne, { timeoutMs, what: 'the sum' })
    assertTold(host)
  })

  test('tells the number when the SDK is closed, and balances before and after', async () => {
    await host.open(startSdk(host.intake) + throwInLoop)
    const before = await waitForStats(host.page, 'all to be thrown', ({ created }) => created === times)
    assert.ok(isBalanced(before))
    await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.close())
    const after = await statsOf(host.page)
    assert.ok(isBalanced(after))
    assert.deepEqual([after.created, after.pending, after.dropped], [times + 1, 0, { repeated: times - oneByOne }])
    assertTold(host)
  })

  test('tells nothing of it any more once consent is withdrawn', async () => {
    await host.open(startSdk(host.intake) + throwInLoop)
    await waitForStats(host.page, 'all to be thrown', ({ created }) => created === times)
    await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.setConsent('denied'))
    const denied = await statsOf(host.page)
    assert.ok(isBalanced(denied))
    await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.setConsent('granted'))
    await host.page.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.close())
    const { created, dropped } = await statsOf(host.page)
    assert.deepEqual([created, dropped], [denied.created, denied.dropped])
    assert.equal(repeatedOf(host), 0)
  })

  test('and logs it each time has a record for each, since that was its own choice', async () => {
    await host.open(startSdk(host.intake))
    await host.page.evaluate(times => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      for (let i = 0; i < times; i++) lokiBeacon.error(new Error('no cart'))
    }, times)
    const stats = await waitForStats(host.page, 'the answers', ({ delivered }) => delivered === times)
    assert.deepEqual(stats.dropped, {})
  })
})

/** Ten records, and one for all others: the same fault, as can be seen. */
function assertTold(host: Host): void {
  const { stored } = host.intake
  assert.equal(stored.length, oneByOne + 1)
  assert.equal(repeatedOf(host), times - oneByOne)
  assert.equal(stored.filter(({ repeated }) => repeated !== undefined).length, 1)
  assert.equal(new Set(stored.map(({ fingerprint }) => fingerprint)).size, 1)
  for (const { message, error, mechanism } of stored) {
    assert.match(message, /^Error: no cart \d+$/)
    assert.deepEqual([error!.frames![0]!.function, mechanism], ['pay', 'onerror'])
  }
}

function repeatedOf({ intake }: Host): number {
  return intake.stored.reduce((sum, { repeated }) => sum + (repeated ?? 0), 0)
}
