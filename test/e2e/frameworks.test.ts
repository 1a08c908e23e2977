import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildExample } from '../browser/frameworks/buildExample.ts'
import { click, flushExample, serveExample } from '../browser/frameworks/examplePage.ts'
import { startLokiRelay } from '../promise/lokiRelay.ts'
import { browserEngines, launchBrowser } from '../support/browsers.ts'

interface Example {
  entry: string
  worker?: string
  button?: string
  /** Of its log lines in Loki. */
  messages: string[]
  /** Where it ends in an exception. */
  mechanism?: string
}

const broken = { button: 'Break the cart', messages: ['Error: the cart is broken'] }
const examples: Example[] = [
  { entry: 'react/main.tsx', mechanism: 'react', ...broken },
  { entry: 'vue/main.ts', mechanism: 'vue', ...broken },
  { entry: 'svelte/main.ts', mechanism: 'svelte', ...broken },
  { entry: 'angular/main.ts', mechanism: 'angular', ...broken },
  { entry: 'worker/page.ts', worker: 'worker/prices.ts', messages: ['adding up', 'prices'] },
  { entry: 'otel/main.ts', messages: ['stock is low'] },
  { entry: 'loggers/loglevel.ts', messages: ['stock is low'] },
  { entry: 'loggers/pino.ts', messages: ['stock is low'] },
  { entry: 'loggers/anyLogger.ts', messages: ['stock is low'] },
]

// What each example tells is tested in every engine; here, that it comes all the way.
const engine = browserEngines[0]!

for (const { entry, worker, button, messages, mechanism } of examples)
  test(`the example ${entry} in ${engine}: what it tells is in Loki, once`, async t => {
    const relay = await startLokiRelay()
    t.after(() => relay.stop())
    const others = worker ? { [worker.replace(/.*(\/\w+)\.ts$/, '$1.js')]: await buildExample(worker) } : {}
    const pages = await serveExample(await buildExample(entry), relay, others)
    t.after(() => pages.close())
    const browser = await launchBrowser(engine)
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.goto(pages.origin)
    if (button) await click(page, button)
    if (worker) await new Promise(resolve => setTimeout(resolve, 1000))
    assert.equal(await flushExample(page), true)
    const selector = mechanism ? '{kind="exception"}' : '{kind="log"}'
    const lines = (await relay.assertStoredOnce(messages.length, { selector })).map(({ line }) => JSON.parse(line))
    assert.deepEqual(lines.map(({ message }) => message).sort(), messages)
    if (mechanism) assert.equal(lines[0].mechanism, mechanism)
  })
