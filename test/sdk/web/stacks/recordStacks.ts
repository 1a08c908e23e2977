import { writeFileSync } from 'node:fs'
import { browserEngines, launchBrowser } from '../../../support/browsers.ts'
import { readFrames } from './readFrames.ts'
import { startStackPages } from './stackPages.ts'

/**
 * `node test/sdk/web/stacks/recordStacks.ts`: makes the errors anew in each engine that is there and writes
 * `<engine>.json`. What the parser reads of them is written too: look at each change of it, it is what the tests expect.
 */
const pages = await startStackPages()
for (const engine of browserEngines) {
  const browser = await launchBrowser(engine)
  const page = await browser.newPage()
  const stacks: object[] = []
  let version = ''
  for (const script of ['kinds.js', 'kinds.min.js'] as const) {
    const found = await pages.collect(page, script)
    version = await page.evaluate(() => navigator.userAgent)
    for (const [kind, { type, message, stack }] of Object.entries(found))
      stacks.push({
        kind,
        script,
        type,
        message,
        stack: stack.split('\n'),
        frames: readFrames(stack, message),
      })
  }
  await browser.close()
  const text = JSON.stringify({ engine, version, stacks }, null, 2)
  writeFileSync(new URL(`${engine}.json`, import.meta.url), `${text}\n`)
  console.log(engine, version, stacks.length)
}
await pages.close()
