import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import {
  type DeliveryPage,
  type DeliveryPages,
  rowCount,
  serveDeliveryPages,
  startOn,
} from '../support/deliveryPage.ts'
import type { Intake } from '../support/intake.ts'
import { waitFor } from '../support/waitFor.ts'

const key = 'pk_delivery'
const timeoutMs = 15_000

for (const engine of browserEngines) {
  describe(`delivery in ${engine}`, () => {
    const host = useBrowser(engine)
    let pages: DeliveryPages

    before(async () => {
      pages = await serveDeliveryPages()
    })
    after(() => pages.close())
    beforeEach(() => pages.runNothingFirst())

    const visit = (options = {}, on = host.page) => startOn(on, pages.origin, { url: host.intake.url, key, ...options })
    const allStored = (count: number) =>
      waitFor(() => host.intake.stored.length >= count, { timeoutMs, what: `${count} stored records` })

    test('what was logged arrives once, and is then pending nowhere', async () => {
      const delivery = await visit()
      await delivery.log(50)
      await allStored(50)
      await waitFor(async () => (await delivery.stats()).delivered === 50, { timeoutMs, what: 'the answer' })
      assert.equal(host.intake.attempts.length, 1)
      assertNumbers(host.intake, 50)
      await assertBalance(delivery)
      const { header } = host.intake.attempts[0]!
      assert.match(header.batch, /^[0-9a-f]{32}$/)
      assert.deepEqual(header.context, { app: 'delivery', page: '/' })
      await waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows on the device' })
    })

    test('50 records of a closed tab are stored once after the next visit', async () => {
      const delivery = await visit()
      await delivery.log(50)
      const context = host.page.browserContext()
      await host.page.close()
      const next = await context.newPage()
      await visit({}, next)
      await allStored(50)
      await waitFor(async () => (await rowCount(next)) === 0, { timeoutMs, what: 'no rows on the device' })
      assertNumbers(host.intake, 50)
    })

    test('a page that is left beacons what it has not sent', async () => {
      const delivery = await visit()
      await delivery.log(20)
      await host.page.goto(`${pages.origin}/other`)
      await allStored(20)
      assert.deepEqual(
        host.intake.attempts.map(({ how }) => how),
        ['beacon'],
      )
      await visit()
      await waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows on the device' })
      assertNumbers(host.intake, 20)
    })

    test('records wait while the relay is down, and go out when it is back', async () => {
      const delivery = await visit()
      await host.intake.down()
      await delivery.log(30)
      assert.equal(await delivery.flush(), false)
      const stats = await delivery.stats()
      assert.equal(stats.pending, 30)
      assert.equal(stats.lastError?.code, 'network_error')
      await host.intake.up()
      await allStored(30)
      await waitFor(async () => (await delivery.stats()).delivered === 30, { timeoutMs, what: 'the answer' })
      assertNumbers(host.intake, 30)
      await assertBalance(delivery)
      assert.deepEqual(await delivery.errors(), ['network_error'])
    })

    test('a relay that never answers is given up after the time limit and asked again', async () => {
      const delivery = await visit({ timeoutMs: 500 })
      host.intake.script = () => (host.intake.attempts.length === 1 ? 'hang' : undefined)
      await delivery.log(5)
      await waitFor(async () => (await delivery.stats()).delivered === 5, { timeoutMs, what: 'the answer' })
      assertNumbers(host.intake, 5)
    })

    test('records of a page with a wrong clock carry the offset once it is known', async () => {
      host.intake.aheadMs = 3_600_000
      const delivery = await visit()
      await delivery.log(1)
      await delivery.flush()
      await delivery.log(1, { from: 1 })
      await delivery.flush()
      const [first, second] = host.intake.attempts.map(({ header }) => header.clockOffsetMs)
      assert.equal(first, undefined)
      assert.ok(Math.abs(second! - 3_600_000) < 1000, String(second))
    })

    test('without IndexedDB records wait in memory, and that is said', async () => {
      pages.runFirst(() =>
        Object.defineProperty(globalThis, 'indexedDB', {
          get() {
            throw new DOMException('denied', 'SecurityError')
          },
        }),
      )
      const delivery = await visit()
      await host.intake.down()
      await delivery.log(10)
      await delivery.flush()
      await waitFor(async () => (await delivery.stats()).persistence === 'memory', { timeoutMs, what: 'the fallback' })
      await host.intake.up()
      await allStored(10)
      assertNumbers(host.intake, 10)
      assert.deepEqual((await delivery.errors()).filter(code => code === 'storage_unavailable').length, 1)
    })

    test('a full buffer drops the least severe and oldest first, and counts them', async () => {
      await host.intake.down()
      const delivery = await visit({ buffer: { maxBytes: 80_000 }, retry: { baseDelayMs: 60_000, maxDelayMs: 60_000 } })
      await delivery.log(5, { level: 'error', padBytes: 500 })
      await delivery.flush()
      await delivery.log(1000, { from: 5, padBytes: 500 })
      const stats = await delivery.stats()
      assert.ok(stats.bytes <= 80_000, `${stats.bytes} bytes`)
      await assertBalance(delivery)
      await host.intake.up()
      await visit()
      const stored = await waitFor(
        () => {
          const numbers = new Set(host.intake.stored.map(({ n }) => n))
          return numbers.size >= stats.pending && numbers
        },
        { timeoutMs, what: 'all that was kept' },
      )
      assert.ok([0, 1, 2, 3, 4, 1004].every(n => stored.has(n)))
      assert.ok(!stored.has(5))
      assert.equal(stored.size, stats.pending)
    })

    test('20,000 records at once block the page for less than 50 ms', async () => {
      const delivery = await visit()
      await host.page.evaluate(() => {
        const gaps = { longest: 0, last: performance.now() }
        Object.assign(globalThis, { gaps })
        const channel = new MessageChannel()
        channel.port1.onmessage = () => {
          const now = performance.now()
          gaps.longest = Math.max(gaps.longest, now - gaps.last)
          gaps.last = now
          channel.port2.postMessage(0)
        }
        channel.port2.postMessage(0)
      })
      const longestMs: number[] = []
      // What the machine does besides shows in one run or two, what we do in each.
      for (let run = 0; run < 3; run++) {
        for (let from = 0; from < 20_000; from += 2000)
          await delivery.log(2000, { from: run * 20_000 + from, padBytes: 80 })
        await host.page.evaluate(() => (Reflect.get(globalThis, 'gaps').longest = 0))
        assert.equal(await delivery.flush(), true)
        longestMs.push(await host.page.evaluate(() => Reflect.get(globalThis, 'gaps').longest as number))
        if (longestMs[run]! < 50) break
      }
      assertNumbers(host.intake, longestMs.length * 20_000)
      assert.ok(Math.min(...longestMs) < 50, `${longestMs} ms`)
    })
  })
}

/** Every number from 0 up is stored exactly once. */
function assertNumbers({ stored }: Intake, count: number): void {
  assert.deepEqual(
    stored.map(({ n }) => n).sort((a, b) => a - b),
    Array.from({ length: count }, (_, n) => n),
  )
}

async function assertBalance(delivery: DeliveryPage): Promise<void> {
  const { created, delivered, dropped, pending } = await delivery.stats()
  const droppedCount = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  assert.equal(created, delivered + droppedCount + pending)
}
