import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WireRecord } from '../../../sdk/src/wire.ts'
import { useBrowser } from '../../support/browserHost.ts'
import { browserEngines } from '../../support/browsers.ts'
import { waitFor } from '../../support/waitFor.ts'
import { type BuildOptions, buildExample } from './buildExample.ts'
import { click, flushExample, reportOf, serveExample, shows } from './examplePage.ts'

const react18 = { react: 'react-18', 'react-dom': 'react-dom-18' }

for (const engine of browserEngines) {
  describe(`components in ${engine}`, () => {
    const host = useBrowser(engine)

    async function open(entry: string, options?: BuildOptions): Promise<void> {
      host.pages = await serveExample(await buildExample(entry, options), host.intake)
      await host.page.goto(host.pages.origin)
    }

    /** All exceptions, once there are so many and a while has passed in which more could come. */
    async function exceptions(count: number): Promise<WireRecord[]> {
      const found = () => host.intake.stored.filter(({ kind }) => kind === 'exception')
      await new Promise(resolve => setTimeout(resolve, 100))
      await waitFor(async () => (await flushExample(host.page)) && found().length >= count, {
        timeoutMs: 15_000,
        what: `${count} exceptions`,
      })
      assert.equal(
        found().length,
        count,
        found()
          .map(({ message, mechanism }) => `${mechanism}: ${message}`)
          .join('\n'),
      )
      return found()
    }

    async function assertPrinted(text: string): Promise<void> {
      const { printed, uncaught } = await reportOf(host.page)
      assert.equal(
        [...printed, ...uncaught].filter(each => each.includes(text)).length,
        1,
        [...printed, ...uncaught].join(),
      )
    }

    for (const [version, options] of [
      ['19', {}],
      ['18', { alias: react18 }],
    ] as const) {
      test(`React ${version}: what a component throws is recorded once, with its components; the fallback shows`, async () => {
        await open('react/main.tsx', options)
        await click(host.page, 'Break the cart')
        await shows(host.page, 'Something went wrong')
        const [record] = await exceptions(1)
        assert.equal(record!.message, 'Error: the cart is broken')
        assert.equal(record!.mechanism, 'react')
        assert.equal(record!.attributes!.hook, 'ErrorBoundary')
        assert.match(String(record!.attributes!.componentStack), /^(at )?Cart[ @]/)
        // The provider's logger, not the root's.
        assert.equal(record!.attributes!.feature, 'cart')
        assert.match(record!.error!.stack!, /Cart/)
        assert.equal(host.intake.stored.find(({ kind }) => kind === 'log')!.attributes!.feature, 'cart')
        await assertPrinted('the cart is broken')
      })
    }

    const reactPage = `${import.meta.dirname}/pages/react.tsx`

    test('React 19: an error that no boundary catches is recorded once, and reported as React does', async () => {
      await open(reactPage)
      await click(host.page, 'uncaught')
      const [record] = await exceptions(1)
      assert.equal(record!.mechanism, 'react')
      assert.equal(record!.attributes!.hook, 'onUncaughtError')
      assert.match(String(record!.attributes!.componentStack), /Broken/)
      assert.deepEqual((await reportOf(host.page)).uncaught.length, 1)
    })

    test('React 19: a thrown text is recorded once, whoever catches it', async () => {
      await open(reactPage)
      await click(host.page, 'text')
      await click(host.page, 'textInBoundary')
      await shows(host.page, 'own fallback')
      const records = await exceptions(2)
      assert.deepEqual(
        records.map(({ message, mechanism }) => [message, mechanism]),
        [
          ['NonError: just text', 'onerror'],
          ['NonError: text in a boundary', 'react'],
        ],
      )
    })

    test('React 19: an error that another boundary catches is recorded and printed once', async () => {
      await open(reactPage)
      await click(host.page, 'caughtByAnother')
      await shows(host.page, 'other fallback')
      const [record] = await exceptions(1)
      assert.equal(record!.attributes!.hook, 'onCaughtError')
      await assertPrinted('another caught it')
    })

    test('React 19: a handler of the page is called in the place of the printing', async () => {
      await open(reactPage)
      await click(host.page, 'own')
      await shows(host.page, 'told of Error: for the page')
      await exceptions(1)
      assert.deepEqual((await reportOf(host.page)).printed, [])
    })

    test('React 19: markup of the server that does not match is recorded as recoverable', async () => {
      await open(reactPage)
      await click(host.page, 'recoverable')
      await shows(host.page, 'of the page')
      const [record] = await exceptions(1)
      assert.equal(record!.attributes!.hook, 'onRecoverableError')
      assert.deepEqual((await reportOf(host.page)).uncaught.length, 1)
    })

    test('React 19: a boundary that is reset shows its children again', async () => {
      await open(reactPage)
      await click(host.page, 'reset')
      await click(host.page, 'again after not mended')
      await shows(host.page, 'as good as new')
      await exceptions(1)
    })

    test('Vue 3: what a component throws is recorded once, with its name and what Vue was doing', async () => {
      await open('vue/main.ts')
      await click(host.page, 'Break the cart')
      await shows(host.page, 'Something went wrong')
      const [record] = await exceptions(1)
      assert.equal(record!.mechanism, 'vue')
      assert.deepEqual(record!.attributes, { component: 'Cart', info: 'runtime-1' })
      await assertPrinted('the cart is broken')
    })

    test('Svelte 5: what a boundary catches is recorded once, and printed; the fallback shows', async () => {
      await open('svelte/main.ts')
      await click(host.page, 'Break the cart')
      await shows(host.page, 'Something went wrong')
      const [record] = await exceptions(1)
      assert.equal(record!.mechanism, 'svelte')
      await assertPrinted('the cart is broken')
    })

    test('Angular: what a listener throws is recorded once, and the app goes on', async () => {
      await open('angular/main.ts')
      await click(host.page, 'Break the cart')
      await shows(host.page, '0')
      const [record] = await exceptions(1)
      assert.equal(record!.message, 'Error: the cart is broken')
      assert.equal(record!.mechanism, 'angular')
      await assertPrinted('the cart is broken')
    })

    test('Angular on zone.js: errors and rejections are recorded once, and a log starts no change detection', async () => {
      await open(`${import.meta.dirname}/pages/angularZone.ts`)
      await click(host.page, 'throw')
      await click(host.page, 'reject')
      const messages = (await exceptions(2)).map(({ message }) => message)
      assert.deepEqual(messages.sort(), ['Error: rejected in a zone', 'Error: thrown in a zone'])
      const checks = () => host.page.evaluate(() => (globalThis as unknown as { checks: number }).checks)
      await click(host.page, 'log')
      const atOnce = await checks()
      await waitFor(() => host.intake.stored.some(({ message }) => message === 'one line'), {
        timeoutMs: 10_000,
        what: 'it',
      })
      assert.equal(await checks(), atOnce)
    })
  })
}
