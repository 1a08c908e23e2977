import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useBrowser } from '../../support/browserHost.ts'
import { browserEngines } from '../../support/browsers.ts'
import type { Intake } from '../../support/intake.ts'
import { waitFor } from '../../support/waitFor.ts'
import { buildExample } from './buildExample.ts'
import { click, flushExample, serveExample } from './examplePage.ts'

interface WorkerPage {
  heard: unknown[]
  workerErrors: string[]
}

const pagesDir = `${import.meta.dirname}/pages`

for (const engine of browserEngines) {
  describe(`workers in ${engine}`, () => {
    const host = useBrowser(engine)

    async function open(pageEntry: string, workerEntry: string, workerPath = '/worker.js'): Promise<void> {
      const worker = await buildExample(workerEntry)
      host.pages = await serveExample(await buildExample(pageEntry), host.intake, { [workerPath]: worker })
      await host.page.goto(host.pages.origin)
    }

    /** All records, once there are so many and a while has passed in which more could come. */
    async function records(count: number): Promise<Intake['stored']> {
      const found = () => host.intake.stored.filter(({ kind }) => kind === 'log' || kind === 'exception')
      await waitFor(async () => (await flushExample(host.page)) && found().length >= count, {
        timeoutMs: 15_000,
        what: `${count} records`,
      })
      await new Promise(resolve => setTimeout(resolve, 200))
      await flushExample(host.page)
      assert.equal(
        found().length,
        count,
        found()
          .map(({ message }) => message)
          .join('\n'),
      )
      return found()
    }

    function pageState(): Promise<WorkerPage> {
      return host.page.evaluate(() => {
        const { heard, workerErrors } = globalThis as unknown as WorkerPage
        return { heard, workerErrors }
      })
    }

    test('an uncaught error is recorded once, with the worker’s stack; the page’s own handlers hear of it as before', async () => {
      await open(`${pagesDir}/workerPage.ts`, `${pagesDir}/worker.ts`)
      await click(host.page, 'throw.')
      const [record] = await records(1)
      assert.equal(record!.kind, 'exception')
      assert.equal(record!.mechanism, 'worker')
      assert.equal(record!.message, 'TypeError: thrown in a worker')
      assert.equal(record!.attributes!.hook, 'error')
      assert.match(record!.error!.stack!, /worker\.js/)
      assert.equal(record!.error!.cause!.message, 'the cause')
      assert.equal((await pageState()).workerErrors.length, 1)
      assert.equal(
        await host.page.evaluate(() => (globalThis as unknown as { report: { uncaught: [] } }).report.uncaught.length),
        1,
      )
    })

    test('an error that was logged and then thrown is recorded once', async () => {
      await open(`${pagesDir}/workerPage.ts`, `${pagesDir}/worker.ts`)
      await click(host.page, 'throw again.')
      const [record] = await records(1)
      assert.equal(record!.message, 'about to throw')
      assert.equal(record!.error!.type, 'RangeError')
    })

    test('rejections, logs and captured values arrive as they were', async () => {
      await open(`${pagesDir}/workerPage.ts`, `${pagesDir}/worker.ts`)
      for (const command of ['reject.', 'log.', 'capture.']) await click(host.page, command)
      const all = await records(4)
      const [rejection, line, captured, noError] = ['rejected', 'a line', 'a text', '{'].map(text =>
        all.find(({ message }) => message.includes(text)),
      )
      assert.equal(rejection!.message, 'Error: rejected in a worker')
      assert.deepEqual(rejection!.error!.properties, { code: 7 })
      assert.equal(rejection!.mechanism, 'worker')
      assert.deepEqual([line!.level, line!.message], ['warn', 'a line'])
      assert.deepEqual([noError!.kind, noError!.message], ['log', '{"no":"Error"}'])
      assert.deepEqual(line!.attributes, { count: 3, at: '1970-01-01T00:00:00.000Z' })
      assert.deepEqual(
        [captured!.message, captured!.attributes],
        ['NonError: a text', { step: 'three', hook: 'captureError' }],
      )
    })

    test('what can’t be cloned is made plain, and bounded; messages of the page’s own are left alone, ours not seen by it', async () => {
      await open(`${pagesDir}/workerPage.ts`, `${pagesDir}/worker.ts`)
      for (const command of ['hostile.', 'foreign.', 'answer.']) await click(host.page, command)
      const [record] = await records(1)
      assert.equal(record!.attributes!.self, '[circular]')
      assert.equal(record!.attributes!.act, '[function]')
      assert.equal(record!.attributes!.broken, '[unreadable]')
      assert.ok(String(record!.attributes!.text).length < 8300)
      const { heard, workerErrors } = await pageState()
      // Under our key, but nothing that we sent.
      assert.deepEqual(heard.length, 5)
      assert.deepEqual(heard.at(-1), { answer: 42 })
      assert.deepEqual(workerErrors, [])
    })

    test('the example adds up prices and logs from both sides', async () => {
      await open('worker/page.ts', 'worker/prices.ts', '/prices.js')
      const messages = (await records(2)).map(({ message, attributes }) => [message, attributes])
      assert.deepEqual(messages, [
        ['adding up', { count: 2 }],
        ['prices', { sum: 7 }],
      ])
    })

    test('a service worker’s error comes to a page that is open', async () => {
      await open(`${pagesDir}/serviceWorkerPage.ts`, `${pagesDir}/serviceWorker.ts`)
      const [record] = await records(1)
      assert.equal(record!.message, 'Error: thrown in a service worker')
      assert.equal(record!.mechanism, 'worker')
    })

    test('the whole package in a worker does nothing, and harms nothing', async () => {
      await open(`${pagesDir}/workerPage.ts`, `${pagesDir}/inertWorker.ts`)
      const heard = await waitFor(async () => (await pageState()).heard[0], { timeoutMs: 10_000, what: 'an answer' })
      assert.deepEqual(heard, { created: 0 })
    })
  })
}
