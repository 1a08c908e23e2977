import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBalanced, statsOf } from '../browser/sdkPage.ts'
import {
  assertHarmless,
  assertStoredOnce,
  deliverWhatWaits,
  inEveryEngine,
  logSome,
  numbered,
  reportedCodes,
  startSdk,
  waitForStats,
} from './hostPage.ts'

/** Each runs in the page before the SDK does. */
const unusable: Record<string, () => void> = {
  'IndexedDB is missing': () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  },
  'naming IndexedDB throws': () => {
    Object.defineProperty(globalThis, 'indexedDB', {
      get() {
        throw new DOMException('', 'SecurityError')
      },
    })
  },
  'opening the database throws': () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('', 'SecurityError')
    }
  },
  'the database never opens': () => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  },
  'opening the database fails': () => {
    IDBFactory.prototype.open = () => {
      const error = new DOMException('Internal error opening backing store', 'UnknownError')
      const request = Object.assign(new EventTarget(), { error, onerror: () => {} })
      setTimeout(() => request.onerror())
      return request as unknown as IDBOpenDBRequest
    }
  },
  'the disk is full at a write': () => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('', 'QuotaExceededError')
    }
  },
  'the disk is full at the commit': () => {
    const { put } = IDBObjectStore.prototype
    IDBObjectStore.prototype.put = function (...args) {
      const request = put.apply(this, args)
      request.onsuccess = () => this.transaction.abort()
      return request
    }
    IDBTransaction.prototype.commit = () => {}
  },
  'each connection is closed at once by the browser': () => {
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError')
    }
  },
}

const withoutLocalStorage: Record<string, () => void> = {
  'naming localStorage throws': () => {
    Object.defineProperty(globalThis, 'localStorage', {
      get() {
        throw new DOMException('', 'SecurityError')
      },
    })
  },
  'localStorage is null': () => {
    Object.defineProperty(globalThis, 'localStorage', { value: null })
  },
  'localStorage is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('', 'QuotaExceededError')
    }
  },
}

/** Counts how often a database is opened. */
const noteUse = `<script>
  window.uses = 0
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (...args) { uses++; return open.apply(this, args) }
</script>`

inEveryEngine('storage that can’t be used', host => {
  for (const [name, sabotage] of Object.entries(unusable)) {
    test(`where ${name}, records wait in memory, and all are delivered once`, async () => {
      await host.intake.down()
      await host.open(`<script>(${sabotage})()</script>${startSdk(host.intake)}`)
      await logSome(host.page, 20)
      await waitForStats(host.page, 'the fallback to memory', stats => stats.persistence === 'memory')
      await deliverWhatWaits(host, numbered(20))
      assert.deepEqual((await reportedCodes(host.page)).sort(), ['network_error', 'storage_unavailable'])
      await assertHarmless(host.page)
    })
  }

  test('where a transaction never ends, all are delivered once', async () => {
    await host.intake.down()
    await host.open(`<script>(${neverEndTransactions})()</script>${startSdk(host.intake)}`)
    await logSome(host.page, 20)
    await deliverWhatWaits(host, numbered(20))
    await assertHarmless(host.page)
  })

  for (const [name, sabotage] of Object.entries(withoutLocalStorage)) {
    test(`where ${name}, all is as ever, but for the session, which is the page’s own`, async () => {
      await host.open(`<script>(${sabotage})()</script>${startSdk(host.intake)}`)
      await logSome(host.page, 20)
      const stats = await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 20)
      assert.equal(stats.persistence, 'indexeddb')
      assertStoredOnce(host.intake, numbered(20))
      assert.match(host.intake.attempts[0]!.header.context!.session!, /^[0-9a-f]{20}$/)
      assert.deepEqual(await reportedCodes(host.page), [])
      await assertHarmless(host.page)
    })
  }

  test('in memory by the page’s own wish, nothing touches IndexedDB, and all are delivered once', async () => {
    await host.intake.down()
    await host.open(`${noteUse}${startSdk(host.intake, { buffer: { persistence: 'memory' } })}`)
    await logSome(host.page, 20)
    await deliverWhatWaits(host, numbered(20))
    assert.deepEqual([(await statsOf(host.page)).persistence, await host.page.evaluate('uses')], ['memory', 0])
    assert.deepEqual(await reportedCodes(host.page), ['network_error'])
    await assertHarmless(host.page)
  })

  test('with no persistence at all, what a failed attempt costs is counted, and nothing else', async () => {
    await host.intake.down()
    await host.open(`${noteUse}${startSdk(host.intake, { buffer: { persistence: 'none' } })}`)
    await logSome(host.page, 20)
    const lost = await waitForStats(host.page, 'the loss', ({ pending }) => pending === 0)
    assert.deepEqual([lost.created, lost.delivered, lost.dropped], [20, 0, { buffer_overflow: 20 }])
    await host.intake.up()
    await logSome(host.page, 5, 'later')
    const stats = await waitForStats(host.page, 'the answer', ({ pending }) => pending === 0)
    assert.deepEqual([stats.delivered, stats.persistence, isBalanced(stats)], [5, 'none', true])
    assert.deepEqual(host.intake.attempts[0]!.header.drops, { buffer_overflow: 20 })
    assertStoredOnce(host.intake, numbered(5, 'later'))
    assert.equal(await host.page.evaluate('uses'), 0)
    await assertHarmless(host.page)
  })
})

/** Runs in the page: a transaction lives as long as it has requests. */
function neverEndTransactions(): void {
  const { put, get } = IDBObjectStore.prototype
  IDBTransaction.prototype.commit = () => {}
  IDBObjectStore.prototype.put = function (...args) {
    const request = put.apply(this, args)
    const goOn = () => {
      get.call(this, '').onsuccess = goOn
    }
    request.onsuccess = goOn
    return request
  }
}
