import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { useBrowser } from '../support/browserHost.ts'
import { browserEngines } from '../support/browsers.ts'
import {
  addFrame,
  type DeliveryPages,
  rowCount,
  serveDeliveryPages,
  startOn,
  storedRows,
} from '../support/deliveryPage.ts'
import type { TestFrame, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'

const timeoutMs = 15_000

for (const engine of browserEngines) {
  describe(`storage of unsent records in ${engine}`, () => {
    const host = useBrowser(engine)
    let pages: DeliveryPages

    before(async () => {
      pages = await serveDeliveryPages()
    })
    after(() => pages.close())
    beforeEach(() => pages.runNothingFirst())

    const visit = (options = {}, on: TestPage | TestFrame = host.page) =>
      startOn(on, pages.origin, { url: host.intake.url, key: 'pk_a', ...options })
    const noRows = () =>
      waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows on the device' })
    const assertStored = (count: number) =>
      assert.deepEqual(
        host.intake.stored.map(({ n }) => n).sort((a, b) => a - b),
        Array.from({ length: count }, (_, n) => n),
      )

    test('a tab sends what another tab could not, once, and the other hears of it', async () => {
      const first = await visit({ retry: { baseDelayMs: 1e6, maxDelayMs: 1e6, breakerThreshold: 1 } })
      host.intake.script = () => ({ status: 500 })
      await first.log(20)
      assert.equal(await first.flush(), false)
      host.intake.script = () => undefined
      const otherPage = await host.page.browserContext().newPage()
      await visit({}, otherPage)
      await waitFor(() => host.intake.stored.length >= 20, { timeoutMs, what: '20 stored records' })
      assert.equal((await first.stats()).pending, 20)
      await host.page.bringToFront()
      await visit()
      await noRows()
      assertStored(20)
    })

    test('records that a page adds to a batch which another page has sent are stored too', async () => {
      const first = await visit({ batch: { flushIntervalMs: 5000 } })
      await first.log(5)
      const frame = await addFrame(host.page, `${pages.origin}/other`)
      await visit({}, frame)
      await waitFor(() => host.intake.stored.length >= 5, { timeoutMs, what: 'the first records' })
      assert.equal((await first.stats()).delivered, 0)
      await first.log(5, { from: 5 })
      await waitFor(async () => (await first.stats()).delivered === 10, { timeoutMs, what: 'the answer' })
      assert.equal(new Set(host.intake.attempts.map(({ header }) => header.batch)).size, 1)
      assertStored(10)
      await noRows()
    })

    test('the row of a batch that has grown while another page sent it stays', async () => {
      const first = await visit({ batch: { flushIntervalMs: 1e6 } })
      await first.log(5)
      let answer = () => {}
      host.intake.script = () => new Promise(resolve => (answer = () => resolve(undefined)))
      const frame = await addFrame(host.page, `${pages.origin}/other`)
      await visit({}, frame)
      await waitFor(() => host.intake.attempts.length, { timeoutMs, what: 'the other page to send' })
      await first.log(5, { from: 5 })
      await waitFor(async () => (await storedRows(host.page))[0]?.count === 10, { timeoutMs, what: 'the row to grow' })
      answer()
      await waitFor(() => host.intake.stored.length, { timeoutMs, what: 'the first records' })
      await new Promise(resolve => setTimeout(resolve, 300))
      assert.deepEqual(
        (await storedRows(host.page)).map(({ count }) => count),
        [10],
      )
      host.intake.script = () => undefined
      assert.equal(await first.flush(), true)
      assertStored(10)
    })

    test('leftovers too large for one request are split; one that may still be growing waits for another visit', async () => {
      const first = await visit()
      host.intake.script = () => ({ status: 401, code: 'unknown_key' })
      await first.log(50, { padBytes: 100 })
      await first.flush()
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row' })
      host.intake.script = ({ bytes }) => (bytes > 3000 ? { status: 413, code: 'too_large' } : undefined)
      await visit()
      await waitFor(() => host.intake.attempts.length >= 2, { timeoutMs, what: 'an attempt' })
      await new Promise(resolve => setTimeout(resolve, 300))
      assert.equal(host.intake.attempts.length, 2)
      assert.equal(await rowCount(host.page), 1)
      await changeRows(host.page, -20_000)
      await visit()
      await noRows()
      assertStored(50)
    })

    test('rows of another app key stay where they are', async () => {
      const other = await visit({ key: 'pk_a/b' })
      host.intake.script = () => ({ status: 401, code: 'unknown_key' })
      await other.log(3)
      await other.flush()
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row' })
      host.intake.script = () => undefined
      const attempts = host.intake.attempts.length
      await visit()
      await new Promise(resolve => setTimeout(resolve, 500))
      assert.equal(host.intake.attempts.length, attempts)
      assert.equal(await rowCount(host.page), 1)
    })

    test('leftovers that are too old are dropped, and the relay is told', async () => {
      const first = await visit()
      host.intake.script = () => ({ status: 401, code: 'unknown_key' })
      await first.log(7)
      await first.flush()
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row' })
      host.intake.script = () => undefined
      await new Promise(resolve => setTimeout(resolve, 1000))
      const next = await visit({ buffer: { maxAgeMs: 1000 }, batch: { flushIntervalMs: 50 } })
      await noRows()
      await next.log(1)
      await waitFor(() => host.intake.attempts.some(({ header }) => header.drops?.too_old === 7), {
        timeoutMs,
        what: 'the drops',
      })
      assert.deepEqual((await next.stats()).dropped, {})
      assert.equal(host.intake.stored.length, 1)
    })

    /** Finds leftovers, sends them, and then takes for ever to remove their row. */
    async function visitWithSlowDatabase() {
      const first = await visit()
      host.intake.script = () => ({ status: 401, code: 'unknown_key' })
      await first.log(5)
      await first.flush()
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row' })
      host.intake.script = () => undefined
      pages.runFirst(() => {
        const { get } = IDBObjectStore.prototype
        IDBObjectStore.prototype.get = function (key) {
          const request = get.call(this, key)
          // A transaction lives as long as it has requests.
          const goOn = () => {
            get.call(this, key).onsuccess = goOn
          }
          if (this.transaction.mode === 'readwrite') request.addEventListener('success', goOn)
          return request
        }
      })
      const slow = await visit()
      pages.runNothingFirst()
      await waitFor(() => host.intake.stored.length, { timeoutMs, what: 'the leftovers' })
      await new Promise(resolve => setTimeout(resolve, 300))
      return slow
    }

    test('a page that is left while the database is slow holds up nobody after it', async () => {
      await visitWithSlowDatabase()
      await host.page.goto(`${pages.origin}/other`)
      const next = await visit()
      host.intake.script = () => 'hang'
      await next.log(5, { from: 5 })
      await waitFor(async () => (await storedRows(host.page)).some(row => row.lines.includes('"n":9')), {
        timeoutMs,
        what: 'the next row',
      })
      assert.equal((await next.stats()).persistence, 'indexeddb')
    })

    test('what a page breaks off when it is hidden is no fault, and is done when it is back', async () => {
      const slow = await visitWithSlowDatabase()
      await host.page.evaluate(() => void dispatchEvent(new Event('pagehide')))
      await waitFor(async () => (await rowCount(host.page)) === 1, { timeoutMs, what: 'the row, still there' })
      assert.deepEqual(await slow.errors(), [])
      assert.equal((await slow.stats()).persistence, 'indexeddb')
      await visit()
      await noRows()
      assertStored(5)
    })

    test('where no lock can be had, leftovers are sent without one', async () => {
      pages.runFirst(() => {
        LockManager.prototype.request = () => {
          throw new DOMException('', 'SecurityError')
        }
      })
      const first = await visit()
      host.intake.script = () => ({ status: 401, code: 'unknown_key' })
      await first.log(5)
      await first.flush()
      host.intake.script = () => undefined
      await visit()
      await waitFor(() => host.intake.stored.length >= 5, { timeoutMs, what: 'the leftovers' })
      assertStored(5)
    })
  })
}

/** Makes what is on the device older, or younger. */
function changeRows(page: TestPage, byMs: number): Promise<void> {
  return page.evaluate(
    shiftMs =>
      new Promise<void>(resolve => {
        const open = indexedDB.open('loki-beacon')
        open.onsuccess = () => {
          const transaction = open.result.transaction('batches', 'readwrite')
          transaction.oncomplete = () => {
            open.result.close()
            resolve()
          }
          transaction.objectStore('batches').openCursor().onsuccess = event => {
            const cursor = (event.target as IDBRequest<IDBCursorWithValue | null>).result
            cursor?.update({ ...cursor.value, createdAtMs: cursor.value.createdAtMs + shiftMs })
            cursor?.continue()
          }
        }
      }),
    byMs,
  )
}
