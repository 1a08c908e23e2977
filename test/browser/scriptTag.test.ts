import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { type Attempt, startIntake } from '../support/intake.ts'
import { servePages } from '../support/pageServer.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import type { TestBrowser, TestPage } from '../support/testBrowser.ts'
import { waitFor } from '../support/waitFor.ts'
import { flush, type SdkGlobals, serveSdkPages, statsOf } from './sdkPage.ts'

const reference = readFileSync(new URL('../../docs/sdk.md', import.meta.url), 'utf8')

/** What the page shows after `log.info`, `log.debug` and a `console.log` of its own were tried, and all was flushed. */
interface Seen {
  page: TestPage
  attempts: readonly Attempt[]
  printed: string[]
}

/** For each attribute of the table a value, and what must come of it. */
const attributes: Record<string, { value: string; check(seen: Seen): unknown }> = {
  'data-key': { value: 'pk_shop_web', check: ({ attempts }) => assert.ok(attempts.length > 0) },
  'data-url': { value: '', check: ({ attempts }) => assert.ok(attempts.length > 0) },
  'data-app': { value: 'shop', check: ({ attempts }) => assert.equal(attempts[0]?.header.context?.app, 'shop') },
  'data-release': {
    value: '1.4.2',
    check: ({ attempts }) => assert.equal(attempts[0]?.header.context?.release, '1.4.2'),
  },
  'data-environment': {
    value: 'staging',
    check: ({ attempts }) => assert.equal(attempts[0]?.header.context?.environment, 'staging'),
  },
  'data-preset': { value: 'none such', check: ({ printed }) => assert.match(printed.join(), /preset/) },
  'data-consent': {
    value: 'pending',
    check: async ({ page, attempts }) => {
      assert.equal(attempts.length, 0)
      assert.ok((await statsOf(page)).pending >= 2)
    },
  },
  'data-min-level': { value: 'info', check: ({ attempts }) => assert.deepEqual(messages(attempts), ['an info']) },
  'data-persistence': {
    value: 'memory',
    check: async ({ page }) => assert.equal((await statsOf(page)).persistence, 'memory'),
  },
  'data-console': { value: 'info', check: ({ printed }) => assert.match(printed.join(), /^[^,]*an info[^,]*$/) },
  'data-capture': {
    value: 'console',
    check: ({ attempts }) => assert.ok(messages(attempts).includes("the page's own")),
  },
  'data-sample-rate': {
    value: '0',
    check: async ({ page }) => assert.deepEqual((await statsOf(page)).dropped, { sample_rate: 2 }),
  },
  'data-debug': { value: '', check: ({ printed }) => assert.ok(printed.some(text => text.includes('loki-beacon'))) },
}

for (const engine of browserEngines)
  describe(`script tag in ${engine}`, () => {
    let browser: TestBrowser
    before(async () => {
      browser = await launchBrowser(engine)
    })
    after(() => browser.close())

    for (const [name, { value, check }] of Object.entries(attributes))
      test(`${name} does what the reference says`, async () => {
        const intake = await startIntake()
        // An option that can't be used makes a warning, which is what there is to see of `data-debug`.
        const wrong = name === 'data-debug' ? ' data-min-level="loud"' : ''
        const given: Record<string, string> = {
          'data-key': 'pk_shop_web',
          'data-capture': 'false',
          [name]: value,
          'data-url': intake.url,
        }
        const tag = Object.entries(given).map(([key, text]) => `${key}="${text}"`)
        const pages = await serveSdkPages({
          '/': `<script>
              window.printed = []
              for (const level of ['log', 'debug', 'info', 'warn', 'error']) {
                const print = console[level]
                console[level] = (...args) => { printed.push(args.join(' ')); print.apply(console, args) }
              }
            </script>
            <script src="/sdk/loki-beacon.js" ${tag.join(' ')}${wrong}></script>
            <script>
              lokiBeacon.debug('a debug')
              lokiBeacon.info('an info')
              console.log("the page's own")
            </script>`,
        })
        const context = await browser.createBrowserContext()
        try {
          const page = await context.newPage()
          await page.goto(pages.origin)
          await flush(page)
          const printed = await page.evaluate(() => (globalThis as unknown as { printed: string[] }).printed)
          const own = printed.filter(text => text !== "the page's own")
          await check({ page, attempts: intake.attempts, printed: own })
        } finally {
          await context.close()
          await pages.close()
          await intake.close()
        }
      })

    test('a fixed version loads by its integrity under the policy of the reference, and not with another one', async () => {
      const relay = await startRelay({ env: { RELAY_KEY: 'pk_shop_web', RELAY_ORIGINS: '*' } })
      const policy = /```\n(script-src https:[^\n]+)\n```/
        .exec(reference)![1]!
        .replaceAll('https://logs.example.com', relay.url)
      const { path, integrity } = await listed(relay)
      const page = (hash: string) => ({
        body: `<!doctype html><title>shop</title>
          <script async crossorigin="anonymous" src="${relay.url}${path}" integrity="${hash}" data-key="pk_shop_web"></script>`,
        headers: { 'content-security-policy': `${policy}; default-src 'none'; require-trusted-types-for 'script'` },
      })
      const pages = await servePages({ '/': page(integrity), '/other': page(integrity.replace(/.{8}$/, 'AAAAAAAA')) })
      const context = await browser.createBrowserContext()
      try {
        const tab = await context.newPage()
        await tab.goto(pages.origin)
        await waitFor(() => tab.evaluate('"lokiBeacon" in window'), { timeoutMs: 10_000, what: 'the SDK' })
        await tab.evaluate(() => (globalThis as unknown as SdkGlobals).lokiBeacon.error('under a policy'))
        assert.equal(await flush(tab), true)
        assert.ok(((await relay.metrics()).get('loki_beacon_records_received_total{source="page"}') ?? 0) >= 1)
        await tab.goto(`${pages.origin}/other`)
        assert.equal(await tab.evaluate('"lokiBeacon" in window'), false)
      } finally {
        await context.close()
        await pages.close()
        await relay.stop()
      }
    })
  })

test('the reference has each attribute, and no other', () => {
  const [, table = ''] = /\n\| Attribute \| Option \|\n([\s\S]*?)\n\n/.exec(reference) ?? []
  const named = table.split('\n').flatMap(row => row.split('|')[1]!.match(/data-[a-z-]+/g) ?? [])
  assert.deepEqual(named.sort(), Object.keys(attributes).sort())
  // One that only the code knows would be in neither.
  const code = readFileSync(new URL('../../sdk/src/cdn.ts', import.meta.url), 'utf8')
  const [, taken = ''] = /const \{ ([^}]+), \.\.\.texts \} = script\.dataset/.exec(code) ?? []
  const read = [...taken.split(', '), ...[...code.matchAll(/texts\.(\w+)/g)].map(([, name]) => name!)]
  const inMarkup = read.map(name => `data-${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`)
  assert.deepEqual(inMarkup.sort(), Object.keys(attributes).sort())
})

function messages(attempts: readonly Attempt[]): unknown[] {
  return attempts.flatMap(({ records }) => records.map(({ message }) => message))
}

async function listed(relay: RelayProcess): Promise<{ path: string; integrity: string }> {
  const response = await fetch(`${relay.url}/sdk/`)
  const { files } = (await response.json()) as { files: { name: string; path: string; integrity: string }[] }
  return files.find(({ name }) => name === 'loki-beacon.js')!
}
