import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { browserEngines, launchBrowser } from '../support/browsers.ts'
import type { PageServer } from '../support/pageServer.ts'
import type { TestBrowser } from '../support/testBrowser.ts'
import { openContext, openProfile } from './sequence/home.ts'
import { anyScenario } from './sequence/operations.ts'
import { serveSequencePages } from './sequence/page.ts'
import { runScenario } from './sequence/run.ts'
import { startIntakeUpstream, startRelayUpstream, type Upstream } from './sequence/upstream.ts'

const numRuns = Number(process.env.RUNS) || (process.env.LONG ? 200 : 10)
/** `SEED`, and `RUN_PATH` out of the report of a failure, make the same again. */
const seed = Number(process.env.SEED) || Math.trunc(Math.random() * 2 ** 31)
const runTimeoutMs = 120_000

for (const engine of browserEngines)
  describe(`a random sequence in ${engine}`, () => {
    let browser: TestBrowser
    let pages: PageServer
    let relay: Upstream | undefined

    before(async () => {
      browser = await launchBrowser(engine)
      pages = await serveSequencePages()
    })
    after(async () => {
      await browser.close()
      await pages.close()
      await relay?.close()
    })

    test('of logging, hiding, leaving, killing, refusals and outages leaves each record stored once or counted', async t => {
      t.diagnostic(`SEED=${seed}, ${numRuns} runs`)
      const property = fc.asyncProperty(anyScenario(engine), async scenario => {
        if (scenario.upstream === 'relay') relay ??= await startRelayUpstream()
        const upstream = scenario.upstream === 'relay' && relay ? relay : await startIntakeUpstream(scenario.limitBytes)
        const home =
          scenario.home === 'profile' && engine !== 'webkit' ? await openProfile(engine) : await openContext(browser)
        try {
          await runScenario(scenario, { engine, home, upstream, origin: pages.origin })
        } finally {
          await home.close()
          if (upstream !== relay) await upstream.close()
        }
      })
      const { RUN_PATH: path, SHRINK } = process.env
      await fc.assert(property, { seed, numRuns, path, timeout: runTimeoutMs, endOnFailure: !SHRINK })
    })
  })
