import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserEngines, launchBrowser } from '../../support/browsers.ts'
import { startIntake } from '../../support/intake.ts'
import { waitFor } from '../../support/waitFor.ts'
import { buildExample } from './buildExample.ts'
import { flushExample, serveExample } from './examplePage.ts'

const examples: [entry: string, attributes: object][] = [
  ['otel/main.ts', { sku: 'A-1', scope: 'shop' }],
  ['loggers/loglevel.ts', { sku: 'A-1' }],
  ['loggers/pino.ts', { feature: 'cart', sku: 'A-1' }],
  ['loggers/anyLogger.ts', { sku: 'A-1' }],
]

for (const engine of browserEngines) {
  test(`${engine}: what OpenTelemetry, loglevel, pino and others log arrives as theirs`, async t => {
    const browser = await launchBrowser(engine)
    t.after(() => browser.close())
    for (const [entry, attributes] of examples) {
      const intake = await startIntake()
      const pages = await serveExample(await buildExample(entry), intake)
      const context = await browser.createBrowserContext()
      const page = await context.newPage()
      const beforeMs = Date.now()
      await page.goto(pages.origin)
      const found = () => intake.stored.filter(({ kind }) => kind === 'log' || kind === 'exception')
      await waitFor(async () => (await flushExample(page)) && found().length > 0, { timeoutMs: 15_000, what: entry })
      const [record, ...others] = found()
      assert.deepEqual(others, [], entry)
      assert.deepEqual(
        [record!.level, record!.message, record!.attributes],
        ['warn', 'stock is low', attributes],
        entry,
      )
      assert.ok(record!.t >= beforeMs - 50 && record!.t <= Date.now() + 50, entry)
      await context.close()
      await pages.close()
      await intake.close()
    }
  })
}
