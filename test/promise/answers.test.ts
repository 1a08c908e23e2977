import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flush, isBalanced, statsOf } from '../browser/sdkPage.ts'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import { storedRows } from '../support/deliveryPage.ts'
import type { Intake, Script } from '../support/intake.ts'
import { servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { delivered, log, type ShopPageOptions, serveShop, shopPage, told } from './shopPages.ts'

const timeoutMs = 20_000

for (const engine of browserEngines) {
  describe(`whatever the relay answers, in ${engine}`, () => {
    const host = useBrowser(engine)

    async function visit(options: Partial<ShopPageOptions> = {}): Promise<void> {
      const shop = shopPage({ url: host.intake.url, ...options })
      host.pages = await serveShop({
        '/': shop,
        '/with-token': shopPage({ url: host.intake.url, init: 'getToken: async () => `good`,' }),
      })
      await host.page.goto(host.pages.origin)
    }

    /** Answers the first requests so, in this order, and takes everything after them. */
    function answerFirst(...answers: Script[]): void {
      host.intake.script = () => answers[host.intake.attempts.length - 1]
    }

    /** All that was created is stored, each record once, and the page knows it. */
    async function assertAllStored(count: number): Promise<void> {
      const stats = await delivered(host.page, count)
      assert.deepEqual([stats.created, stats.dropped, stats.pending], [count, {}, 0])
      assertStored(Array.from({ length: count }, (_, number) => number))
    }

    function assertStored(numbers: number[]): void {
      const stored = host.intake.stored.map(({ attributes }) => attributes?.number as number)
      assert.deepEqual(
        stored.sort((a, b) => a - b),
        numbers,
      )
    }

    const allOnDevice = () =>
      waitFor(
        async () => {
          const count = (await storedRows(host.page)).reduce((sum, row) => sum + row.count, 0)
          return count === (await statsOf(host.page)).pending
        },
        { timeoutMs, what: 'all pending records on the device' },
      )

    // Own pauses are random: here each is the longest possible.
    const ownPause = (ms: number) => ({
      first: 'Math.random = () => 0.99',
      init: `retry: { baseDelayMs: ${ms}, maxDelayMs: ${ms} },`,
    })
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()
    const pauses: [name: string, answer: () => Script, ownPauseMs: number, leastMs: number][] = [
      ['429 with Retry-After in seconds', () => ({ status: 429, code: 'rate_limited', retryAfter: '2' }), 10, 1990],
      // Such a date has no fraction of its second.
      ['429 with Retry-After as a date', () => ({ status: 429, retryAfter: inSeconds(3) }), 10, 1990],
      ['503 with a Retry-After below the own pause', () => ({ status: 503, retryAfter: '1' }), 2000, 1970],
      ['503 without Retry-After', () => ({ status: 503, code: 'spool_full' }), 1000, 980],
      ['500', () => ({ status: 500, code: 'internal' }), 1000, 980],
    ]
    for (const [name, answer, ownPauseMs, leastMs] of pauses) {
      test(`${name}: the longer of both pauses is kept, then all is delivered`, async () => {
        await visit(ownPause(ownPauseMs))
        host.intake.script = () => (host.intake.attempts.length === 1 ? answer() : undefined)
        await log(host.page, 10)
        await assertAllStored(10)
        const [first, second] = host.intake.attempts
        const pauseMs = second!.atMs - first!.atMs
        assert.ok(pauseMs >= leastMs, `${pauseMs} ms`)
        assert.equal(host.intake.attempts.length, 2)
        assert.deepEqual(await told(host.page), { told: ['relay_error'], toldDrops: {} })
      })
    }

    test('a pause that the relay asks for is not cut short by flush, by being online again or by new records', async () => {
      await visit()
      answerFirst({ status: 503, retryAfter: '2' })
      await log(host.page, 5)
      await waitFor(() => host.intake.attempts.length, { timeoutMs, what: 'the first attempt' })
      assert.equal(await flush(host.page), false)
      await log(host.page, 5, 5)
      await host.page.evaluate(() => void dispatchEvent(new Event('online')))
      assert.equal(await flush(host.page), false)
      assert.equal((await statsOf(host.page)).pending, 10)
      await assertAllStored(10)
      const [first, second] = host.intake.attempts
      assert.ok(second!.atMs - first!.atMs >= 1990, `${second!.atMs - first!.atMs} ms`)
    })

    test('413: split until it fits; only the record that is too large by itself is dropped, counted and told', async () => {
      await visit()
      host.intake.script = ({ bytes }) => (bytes > 6000 ? { status: 413, code: 'too_large' } : undefined)
      await log(host.page, 60, 0, 100)
      await log(host.page, 1, 60, 7000)
      await log(host.page, 60, 61, 100)
      assert.equal(await flush(host.page), true)
      assertStored([...Array(60).keys(), ...Array.from({ length: 60 }, (_, i) => 61 + i)])
      const stats = await statsOf(host.page)
      assert.deepEqual([stats.delivered, stats.dropped, stats.pending], [120, { too_large: 1 }, 0])
      assert.ok(isBalanced(stats))
      assert.deepEqual((await told(host.page)).toldDrops, { too_large: 1 })
      await log(host.page, 1, 121)
      await flush(host.page)
      assert.deepEqual(host.intake.attempts.at(-1)!.header.drops, { too_large: 1 })
      await allOnDevice()
    })

    const wantsGood: Intake['script'] = ({ header: { token } }) => {
      if (token === 'good') return undefined
      return { status: 401, code: token ? 'token_invalid' : 'token_required' }
    }
    const lastToken = () => host.intake.attempts.map(({ header }) => header.token)

    test('401 token_invalid: one fresh token, and nobody hears of it', async () => {
      await visit({ init: `getToken: async () => ['stale', 'good'][window.asked = (window.asked ?? -1) + 1],` })
      host.intake.script = wantsGood
      await log(host.page, 5)
      await assertAllStored(5)
      assert.deepEqual(lastToken(), ['stale', 'good'])
      await log(host.page, 5, 5)
      await assertAllStored(10)
      assert.equal(await host.page.evaluate('asked'), 1, 'a good token is kept')
      assert.deepEqual((await told(host.page)).told, [])
    })

    test('401 token_invalid again and again, and a getToken that fails: kept, told once, delivered with a good one', async () => {
      await visit({
        init: `getToken: async () => {
          window.asked = (window.asked ?? 0) + 1
          if (asked === 3) throw new Error('no session')
          return asked < 6 ? 'stale' : 'good'
        },`,
      })
      host.intake.script = wantsGood
      await log(host.page, 5)
      await assertAllStored(5)
      assert.deepEqual((await told(host.page)).told, ['token_rejected'])
    })

    test('401 token_required to a page without getToken: sending stops, and the next visit with one delivers all', async () => {
      await visit()
      host.intake.script = wantsGood
      await log(host.page, 5)
      assert.equal(await flush(host.page), false)
      assert.deepEqual((await told(host.page)).told, ['token_rejected'])
      await allOnDevice()
      const { origin } = host.pages
      // The same origin, now with another page.
      await host.page.goto(`${origin}/with-token`)
      await waitFor(() => host.intake.stored.length >= 5, { timeoutMs, what: 'the leftovers' })
      assertStored([0, 1, 2, 3, 4])
    })

    for (const [status, code] of [
      [401, 'unknown_key'],
      [403, 'origin_not_allowed'],
    ] as const) {
      test(`${status} ${code}: one report, no request more, and the next visit delivers all`, async () => {
        await visit()
        host.intake.script = () => ({ status, code })
        await log(host.page, 5)
        assert.equal(await flush(host.page), false)
        await log(host.page, 5, 5)
        assert.equal(await flush(host.page), false)
        await host.page.evaluate(() => void dispatchEvent(new Event('online')))
        await host.page.evaluate(() => void dispatchEvent(new Event('pagehide')))
        await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 500)))
        assert.equal(host.intake.attempts.length, 1)
        assert.deepEqual((await told(host.page)).told, [code])
        const stats = await statsOf(host.page)
        assert.deepEqual([stats.pending, stats.dropped, stats.lastError?.code], [10, {}, code])
        await allOnDevice()
        host.intake.script = () => undefined
        await host.page.goto(host.pages.origin)
        await waitFor(() => host.intake.stored.length >= 10, { timeoutMs, what: 'the leftovers' })
        assertStored([...Array(10).keys()])
        await waitFor(async () => (await storedRows(host.page)).length === 0, {
          timeoutMs,
          what: 'no rows on the device',
        })
      })
    }

    test('400: dropped, counted and told, reported once however often', async () => {
      await visit()
      answerFirst({ status: 400, code: 'invalid_batch' }, { status: 400, code: 'bad_request' })
      for (let from = 0; from < 15; from += 5) {
        await log(host.page, 5, from)
        assert.equal(await flush(host.page), true)
      }
      assertStored([10, 11, 12, 13, 14])
      const stats = await statsOf(host.page)
      assert.deepEqual([stats.created, stats.delivered, stats.dropped], [15, 5, { refused: 10 }])
      assert.ok(isBalanced(stats))
      assert.deepEqual(await told(host.page), { told: ['invalid_batch'], toldDrops: { refused: 10 } })
      assert.deepEqual(
        host.intake.attempts.map(({ header }) => header.drops),
        [undefined, { refused: 5 }, { refused: 10 }],
      )
    })

    test('drops after the last batch are told when the page is left', async () => {
      await visit()
      answerFirst({ status: 400, code: 'invalid_batch' })
      await log(host.page, 5)
      assert.equal(await flush(host.page), true)
      await host.page.goto('about:blank')
      await waitFor(() => host.intake.attempts.length === 2, { timeoutMs, what: 'the last batch' })
      const { header, records } = host.intake.attempts[1]!
      assert.deepEqual([header.drops, records], [{ refused: 5 }, []])
    })

    test("a captive portal's page, whatever its status: no success, and all is delivered once it is gone", async () => {
      await visit()
      const html = '<!doctype html><title>Welcome to our hotel</title>'
      answerFirst({ status: 200, html }, { status: 202, html }, { status: 404, html }, { status: 511, html })
      await log(host.page, 10)
      await assertAllStored(10)
      assert.equal(host.intake.attempts.length, 5)
      assert.deepEqual((await told(host.page)).told, ['relay_error'])
    })

    test('a redirect to a login page: no success, and all is delivered once it is gone', async () => {
      await visit()
      const portal = await servePages((_, response) => {
        response.writeHead(200, { 'access-control-allow-origin': '*' }).end('<!doctype html><title>Log in</title>')
      })
      answerFirst({ status: 302, location: `${portal.origin}/` }, { status: 307, location: `${portal.origin}/` })
      await log(host.page, 10)
      await assertAllStored(10)
      await portal.close()
      assert.ok(portal.requests.length >= 2)
      assert.deepEqual((await told(host.page)).told, ['relay_error'])
    })
  })
}
