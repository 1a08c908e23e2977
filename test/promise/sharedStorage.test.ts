import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SdkGlobals } from '../browser/sdkPage.ts'
import { addFrame, rowCount, storedRows } from '../support/deliveryPage.ts'
import type { TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import {
  assertStoredOnce,
  type Host,
  inEveryEngine,
  logSome,
  numbered,
  startSdk,
  timeoutMs,
  waitForStats,
} from './hostPage.ts'

const withoutLocks = `<script>Object.defineProperty(navigator, 'locks', { value: undefined })</script>`
const tooOftenMs = 2500

inEveryEngine('pages of one origin', host => {
  test('without Web Locks take turns to send what others left: each row goes out once', async () => {
    await leaveRows(host, 5, withoutLocks)
    host.intake.script = () => sleep(300)
    await host.page.goto(`${host.pages.origin}/visit`)
    for (let frames = 0; frames < 3; frames++) await addFrame(host.page, `${host.pages.origin}/visit`)
    await waitFor(() => host.intake.stored.length === 5, { timeoutMs, what: 'all stored records' })
    await waitFor(async () => (await rowsOfBatches(host.page)) === 0, { timeoutMs, what: 'no rows' })
    await sleep(tooOftenMs)
    assertStoredOnce(host.intake, numbered(5))
    const ids = host.intake.attempts.filter(({ how }) => how === 'fetch').map(({ header }) => header.batch)
    assert.equal(ids.length, new Set(ids).size, `sent again: ${ids}`)
  })

  test('with different releases of the SDK leave each other their rows', async () => {
    await leaveRows(host, 2)
    await changeForm(host.page, 99)
    await host.page.goto(`${host.pages.origin}/visit`)
    await logSome(host.page, 1, 'own')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 1)
    await sleep(tooOftenMs)
    assertStoredOnce(host.intake, ['own 0'])
    assert.equal(await rowCount(host.page), 2)
    await changeForm(host.page, 1)
    await host.page.goto(`${host.pages.origin}/visit`)
    await waitFor(() => host.intake.stored.length === 3, { timeoutMs, what: 'the rows of the other release' })
    assertStoredOnce(host.intake, ['own 0', ...numbered(2)])
  })

  test('know the relay’s clock from the visit before', async () => {
    host.intake.aheadMs = 3_600_000
    await host.open(startSdk(host.intake))
    await logSome(host.page, 1, 'first visit')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 1)
    await host.page.goto(host.pages.origin)
    await logSome(host.page, 1, 'second visit')
    await waitForStats(host.page, 'the answer', ({ delivered }) => delivered === 1)
    const [first, second] = host.intake.attempts.map(({ header }) => header.clockOffsetMs)
    assert.equal(first, undefined)
    assert.ok(Math.abs(second! - 3_600_000) < 5000, `${second} ms`)
  })
})

/** Batches of one record each, which no relay has taken. */
async function leaveRows(host: Host, count: number, first = ''): Promise<void> {
  host.intake.script = () => ({ status: 401, code: 'unknown_key' })
  const body = `${first}${startSdk(host.intake)}`
  await host.open(body, { '/visit': body })
  for (let i = 0; i < count; i++) {
    await host.page.evaluate(number => {
      const { lokiBeacon } = globalThis as unknown as SdkGlobals
      lokiBeacon.setContext({ number })
      lokiBeacon.info(`record ${number}`)
    }, i)
    await waitFor(async () => (await rowsOfBatches(host.page)) === i + 1, { timeoutMs, what: `${i + 1} rows` })
  }
  await waitFor(() => host.intake.attempts.length === 1, { timeoutMs, what: 'the refusal' })
  host.intake.script = () => undefined
  host.intake.attempts.length = 0
}

/** A lease is a row too. */
async function rowsOfBatches(page: TestPage): Promise<number> {
  return (await storedRows(page)).filter(({ lines }) => lines).length
}

function changeForm(page: TestPage, version: number): Promise<void> {
  return page.evaluate(
    v =>
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
            cursor?.update({ ...cursor.value, v })
            cursor?.continue()
          }
        }
      }),
    version,
  )
}
