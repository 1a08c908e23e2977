import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageErrors, statsOf } from '../browser/sdkPage.ts'
import { addFrame, rowCount, storedRows } from '../support/deliveryPage.ts'
import type { TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import {
  assertHarmless,
  assertStoredOnce,
  deliverWhatWaits,
  type Host,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  timeoutMs,
  waitForStats,
} from './hostPage.ts'

type Loss = (host: Host) => Promise<unknown>

/** All that a browser does to a database that is in use, as far as it can be told to. */
const losses: Record<string, Loss> = {
  'the browser closes the connection and says so': ({ page }) =>
    page.evaluate(() => {
      for (const database of (globalThis as unknown as Connections).connections) {
        database.close()
        database.dispatchEvent(new Event('close'))
      }
    }),
  'the browser closes the connection without a word': ({ page }) =>
    page.evaluate(() => {
      for (const database of (globalThis as unknown as Connections).connections) database.close()
    }),
  'another page deletes the database': host =>
    inAnotherPage(
      host,
      () =>
        new Promise<string>(resolve => {
          const request = indexedDB.deleteDatabase('loki-beacon')
          for (const type of ['success', 'error', 'blocked']) request.addEventListener(type, () => resolve(type))
        }),
    ).then(outcome => assert.equal(outcome, 'success')),
}

const lossesInChromium: Record<string, Loss> = {
  'the site clears its data by Clear-Site-Data (elsewhere that header needs HTTPS)': ({ page }) =>
    page.evaluate(async () => void (await (await fetch('/clear')).text())),
}

/** Those that take the rows, too. */
const takesRows = /deletes|clears/

inEveryEngine('storage that is taken away', (host, engine) => {
  const all = engine === 'chromium' ? { ...losses, ...lossesInChromium } : losses
  for (const [name, lose] of Object.entries(all)) {
    test(`when ${name}, records go to a new one, and all are delivered once`, async () => {
      await host.intake.down()
      await host.open(noteConnections + startSdk(host.intake), others)
      await logSome(host.page, 10)
      await waitForStats(host.page, 'a failed attempt', ({ lastError }) => lastError !== undefined)
      await waitFor(() => rowCount(host.page), { timeoutMs, what: 'a row' })
      await host.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 500)))
      await lose(host)
      await logSome(host.page, 10, 'later')
      await waitFor(() => hasRow(host.page, 'later 9'), { timeoutMs, what: 'a row of what came later' })
      assert.equal(await hasRow(host.page, 'record 9'), !takesRows.test(name))
      assert.equal((await statsOf(host.page)).persistence, 'indexeddb')
      await deliverWhatWaits(host, [...numbered(10), ...numbered(10, 'later')])
      await waitFor(async () => (await rowCount(host.page)) === 0, { timeoutMs, what: 'no rows' })
      assert.deepEqual(await reportedCodes(host.page), ['network_error'])
      await assertHarmless(host.page)
    })
  }

  test('a newer SDK in another page gets its database, and this one goes on in memory', async () => {
    await host.intake.down()
    await host.open(startSdk(host.intake), others)
    await logSome(host.page, 10)
    await waitFor(() => rowCount(host.page), { timeoutMs, what: 'a row' })
    assert.equal(await inAnotherPage(host, openNewer), 'opened')
    await logSome(host.page, 10, 'later')
    await waitForStats(host.page, 'the fallback to memory', stats => stats.persistence === 'memory')
    await deliverWhatWaits(host, [...numbered(10), ...numbered(10, 'later')])
    assert.deepEqual((await reportedCodes(host.page)).sort(), ['network_error', 'storage_unavailable'])
    await assertHarmless(host.page)
  })

  const foreign: Record<string, () => Promise<string>> = {
    'of a newer SDK': openNewer,
    'of our name that has no store of ours': openForeign,
  }
  for (const [name, make] of Object.entries(foreign)) {
    test(`a database ${name} is left alone, and records wait in memory`, async () => {
      await host.open('', { '/sdk': startSdk(host.intake) })
      assert.equal(await host.page.evaluate(make), 'opened')
      await host.intake.down()
      await host.page.goto(`${host.pages.origin}/sdk`)
      await logSome(host.page, 10)
      await waitForStats(host.page, 'the fallback to memory', stats => stats.persistence === 'memory')
      await deliverWhatWaits(host, numbered(10))
      assert.deepEqual((await reportedCodes(host.page)).sort(), ['network_error', 'storage_unavailable'])
      assert.deepEqual(await pageErrors(host.page), [])
      assert.equal(await host.page.evaluate(readForeign), 'theirs')
    })
  }

  test('rows of garbage cost no record, and all but those of other keys are cleared away', async () => {
    await host.open('', { '/sdk': startSdk(host.intake) })
    await host.page.evaluate(fillWithGarbage)
    await host.page.goto(`${host.pages.origin}/sdk`)
    await logSome(host.page, 20)
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 20)
    const left = () => host.page.evaluate(garbageLeft)
    await waitFor(async () => assert.deepEqual(await left(), ['other_key/1']) === undefined, {
      timeoutMs,
      what: 'the garbage to go',
    })
    await logSome(host.page, 20, 'later')
    const stats = await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 40)
    assert.deepEqual([stats.dropped, stats.pending, stats.persistence], [{}, 0, 'indexeddb'])
    assertStoredOnce(host.intake, [...numbered(20), ...numbered(20, 'later')])
    assert.deepEqual(await pageErrors(host.page), [])
  })
})

const others = {
  '/other': '',
  '/clear': { body: '', headers: { 'clear-site-data': '"storage"' } },
}

/** In a frame, so that both stay in sight: a page that is hidden has let go of its database by itself. */
async function inAnotherPage<Result>({ page, pages }: Host, work: () => Result): Promise<Awaited<Result>> {
  return (await addFrame(page, `${pages.origin}/other`)).evaluate(work)
}

interface Connections {
  connections: IDBDatabase[]
}

/** Keeps the connections to the database: only the browser can close them otherwise. */
const noteConnections = `<script>
  window.connections = []
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (...args) {
    const request = open.apply(this, args)
    request.addEventListener('success', () => connections.push(request.result))
    return request
  }
</script>`

async function hasRow(page: TestPage, text: string): Promise<boolean> {
  return (await storedRows(page)).some(({ lines }) => lines.includes(text))
}

/** Runs in the page, as do the following. */
function openNewer(): Promise<string> {
  return new Promise(resolve => {
    const request = indexedDB.open('loki-beacon', 2)
    for (const type of ['error', 'blocked']) request.addEventListener(type, () => resolve(type))
    request.onupgradeneeded = () => {
      const database = request.result
      if (database.objectStoreNames.contains('batches')) database.deleteObjectStore('batches')
      database.createObjectStore('newer').put('theirs', 'key')
    }
    request.onsuccess = () => {
      request.result.close()
      resolve('opened')
    }
  })
}

function openForeign(): Promise<string> {
  return new Promise(resolve => {
    const request = indexedDB.open('loki-beacon', 1)
    request.onupgradeneeded = () => void request.result.createObjectStore('newer').put('theirs', 'key')
    request.onsuccess = () => {
      request.result.close()
      resolve('opened')
    }
  })
}

function readForeign(): Promise<unknown> {
  return new Promise(resolve => {
    const request = indexedDB.open('loki-beacon')
    request.onsuccess = () => {
      const read = request.result.transaction('newer').objectStore('newer').get('key')
      read.onsuccess = () => resolve(read.result)
    }
  })
}

function fillWithGarbage(): Promise<void> {
  return new Promise(resolve => {
    const request = indexedDB.open('loki-beacon', 1)
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore('batches')
      const batch = { id: 'b', createdAtMs: Date.now(), header: '{}', lines: '{}', count: 1, bytes: 2, severity: 0 }
      const rows: unknown[] = [
        null,
        5,
        'text',
        [],
        new Uint8Array(10),
        { ...batch, lines: 5 },
        { ...batch, header: 'junk', lines: 'junk' },
        { ...batch, count: 'x', bytes: 'x', severity: 'x' },
        { ...batch, count: -5, bytes: -1e12, severity: 99 },
        { ...batch, createdAtMs: Number.NaN },
        { ...batch, createdAtMs: 8e15 },
        { ...batch, lines: '{}\n'.repeat(10_000) },
        { ...batch, drops: 'junk' },
      ]
      rows.forEach((row, index) => {
        store.put(row, `pk_shop_web/garbage-${index}`)
      })
      store.put(batch, 'other_key/1')
      store.put(batch, 'pk_shop_web/')
    }
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
  })
}

function garbageLeft(): Promise<IDBValidKey[]> {
  return new Promise(resolve => {
    const request = indexedDB.open('loki-beacon')
    request.onsuccess = () => {
      const keys = request.result.transaction('batches').objectStore('batches').getAllKeys()
      keys.onsuccess = () => {
        request.result.close()
        resolve(keys.result)
      }
    }
  })
}
