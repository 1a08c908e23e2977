import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import { startIntake } from '../support/intake.ts'
import { type OnDevice, readDevice } from '../support/onDevice.ts'
import { servePages } from '../support/pageServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { flush, serveSdkPages, statsOf } from './sdkPage.ts'

/** Groups whose keys are the page's own. */
const ofThePage = ['attributes', 'values', 'properties', 'data', 'user', 'custom', 'drops']
/** Only what is in them has a row. */
const groups = ['context', 'error']
/** The same fields again. */
const again = ['cause', 'errors']

/** Brings about all that can be collected. Runs in the page. */
function page(relay: string): string {
  return `<button id="pay">pay</button>
    <script src="/sdk/loki-beacon.js"></script>
    <script>
      const known = 'errors rejections session webVitals navigation resources network csp reports longFrames visibility connectivity console clicks'
      lokiBeacon.init({
        url: '${relay}', key: 'pk_shop_web', app: 'shop', release: '1.4.2', environment: 'test',
        capture: Object.fromEntries(known.split(' ').map(name => [name, true])),
        plugins: [{ name: 'ofTheTest', enabled: true, start(host) {
          host.breadcrumb({ category: 'test', message: 'a crumb', data: { a: 1 } })
          return () => {}
        } }],
        rateLimits: { perFingerprint: 1 },
        retry: { baseDelayMs: 50, maxDelayMs: 200, breakerThreshold: 1000 },
        route: url => url.pathname,
        getTraceContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }),
        getToken: async () => 'a.b.c',
        beforeSend: record => record.message !== 'dropped' && record,
      })
      lokiBeacon.setUser({ id: 'u_42' })
      lokiBeacon.setContext({ tenant: 'acme' })
      lokiBeacon.info('dropped')
      lokiBeacon.info('a log', { a: 1 })
      lokiBeacon.measure('ms', 7)
      lokiBeacon.event('an event')
      function fail() {
        const error = new AggregateError([new Error('inner')], 'outer')
        error.cause = new Error('cause')
        throw Object.assign(error, { code: 7 })
      }
      for (let i = 0; i < 5; i++) setTimeout(fail)
      addEventListener('pagehide', () => lokiBeacon.error('last words'))
    </script>
    <script src="{foreign}/other.js"></script>`
}

const foreign = `setTimeout(function other() { try { null.x } catch (error) { lokiBeacon.error(error) } }, 50)`

test('the table of what is collected has a row for each field that is sent or kept, and no other', async () => {
  const seen = new Set<string>()
  for (const engine of browserEngines) {
    const browser = await launchBrowser(engine)
    const intake = await startIntake()
    const others = await servePages({ '/other.js': foreign })
    const pages = await serveSdkPages({
      '/from': `<script>location.href = '/'</script>`,
      '/': page(intake.url).replace('{foreign}', others.origin),
      '/bare': 'nothing',
    })
    try {
      // As an app that wants a token, so that one is fetched and sent.
      intake.script = ({ header }) => (header.token ? undefined : { status: 401, code: 'token_required' })
      const tab = await (await browser.createBrowserContext()).newPage()
      await tab.goto(`${pages.origin}/from`)
      await waitFor(async () => (await statsOf(tab)).delivered >= 5, { timeoutMs: 20_000, what: 'records' })
      // A batch after the relay's clock is known.
      await tab.evaluate(`lokiBeacon.error('once more')`)
      await flush(tab)
      intake.script = () => ({ status: 503 })
      await tab.evaluate(`lokiBeacon.error('waits'), document.querySelector('#pay').click()`)
      await waitFor(async () => (await statsOf(tab)).pending > 0, { timeoutMs: 10_000, what: 'what can not be sent' })
      addKept(await readDevice(tab), seen)
      await tab.evaluate(`location.href = '/bare'`)
      await waitFor(async () => (await tab.evaluate('document.body.innerText.trim()')) === 'nothing', {
        timeoutMs: 10_000,
        what: 'the next page',
      })
      addKept(await readDevice(tab), seen)
      for (const { header, records } of intake.attempts) {
        addFields(header, '', seen)
        for (const record of records) addFields(record, '', seen)
      }
    } finally {
      await pages.close()
      await others.close()
      await intake.close()
      await browser.close()
    }
  }
  const rows = tableFields()
  assert.deepEqual([...seen].filter(field => !rows.includes(field)).sort(), [], 'fields without a row')
  assert.deepEqual(rows.filter(field => !seen.has(field)).sort(), [], 'rows without a field')
})

function addFields(group: object, prefix: string, seen: Set<string>): void {
  for (const [key, value] of Object.entries(group)) {
    const field = prefix + key
    if (!groups.includes(field)) seen.add(field)
    if (ofThePage.includes(key) || again.includes(key)) continue
    for (const inner of Array.isArray(value) ? value : [value])
      if (typeof inner === 'object' && inner !== null) addFields(inner, `${field}.`, seen)
  }
}

function addKept({ localStorage, sessionStorage, databases, cookies }: OnDevice, seen: Set<string>): void {
  assert.deepEqual([sessionStorage, cookies], [{}, ''])
  for (const name of Object.keys(localStorage)) {
    seen.add(
      `localStorage ${name.replace(/^(loki-beacon:)pk_shop_web\/[\w-]+$/, '$1<key>/<batch>').replace('told:pk_shop_web', 'told:<key>')}`,
    )
  }
  for (const name of Object.keys(databases)) seen.add(`IndexedDB ${name}`)
}

/** What is in code in the first column of the table below the marker. */
function tableFields(): string[] {
  const lines = readFileSync(new URL('../../docs/privacy.md', import.meta.url), 'utf8').split('\n')
  const start = lines.indexOf('<!-- collected -->')
  const table = lines.slice(lines.findIndex((line, i) => i > start && line.startsWith('|')))
  const rows = table.slice(
    2,
    table.findIndex(line => !line.startsWith('|')),
  )
  return rows.flatMap(row => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, field]) => field!))
}
