import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrowserEngine, browserEngines } from '../support/browsers.ts'
import { type Intake, startIntake } from '../support/intake.ts'
import { openOnProfile } from '../support/profileBrowser.ts'
import { tempDir } from '../support/tempDir.ts'
import { waitFor } from '../support/waitFor.ts'
import { type LoggingPages, type Schedule, serveLoggingPages } from './loggingPage.ts'
import { assertStoredOnce } from './storedOnce.ts'

const rounds = process.env.LONG ? 10 : 1
const load: Schedule = { count: 1000, everyMs: 20, perTick: 10 }

for (const engine of browserEngines)
  for (let round = 1; round <= rounds; round++) {
    const name = `${engine} is killed under load${rounds > 1 ? ` (round ${round})` : ''}`

    test(`${name} while the relay refuses all: what was logged 500 ms before is stored once`, async t => {
      const scene = await start(t, engine)
      scene.intake.script = () => ({ status: 503, code: 'overloaded' })
      const killedAtMs = await scene.logAndKill(load, someTime)
      scene.intake.script = () => undefined
      await scene.revisit(scene.pages.loggedUntil(killedAtMs - 500))
    })

    test(`${name} while the relay takes all: what was logged 500 ms before is stored once`, async t => {
      const scene = await start(t, engine)
      const killedAtMs = await scene.logAndKill(load, someTime)
      await scene.revisit(scene.pages.loggedUntil(killedAtMs - 500))
    })

    test(`${name} 100 ms after the last of two errors: both are stored once, and all before them`, async t => {
      const scene = await start(t, engine)
      scene.intake.script = () => ({ status: 503, code: 'overloaded' })
      await scene.logAndKill({ ...load, errors: 2 }, async pages => {
        await pages.hasLogged(1002)
        await sleep(100)
      })
      scene.intake.script = () => undefined
      await scene.revisit(1002)
    })
  }

async function someTime(pages: LoggingPages): Promise<void> {
  await pages.hasLogged(500)
  await sleep(Math.random() * 1500)
}

interface Scene {
  intake: Intake
  pages: LoggingPages
  /** Returns the wall clock of the kill. */
  logAndKill(schedule: Schedule, untilKill: (pages: LoggingPages) => Promise<void>): Promise<number>
  /** Starts the browser again, and expects that many records. */
  revisit(count: number): Promise<void>
}

async function start(t: TestContext, engine: BrowserEngine): Promise<Scene> {
  const profileDir = await tempDir(t)
  const intake = await startIntake()
  const pages = await serveLoggingPages(intake)
  t.after(() => Promise.all([pages.close(), intake.close()]))
  return {
    intake,
    pages,
    async logAndKill(schedule, untilKill) {
      const browser = await openOnProfile(engine, profileDir, pages.logging(schedule))
      await untilKill(pages).catch(async error => {
        await browser.kill()
        throw error
      })
      return browser.kill()
    },
    async revisit(count) {
      const browser = await openOnProfile(engine, profileDir, pages.quiet)
      try {
        await waitFor(() => intake.stored.length >= count, { timeoutMs: 30_000, what: `${count} stored records` })
        await pages.nothingLeft()
        assertStoredOnce(intake, count)
      } finally {
        await browser.quit()
      }
    },
  }
}
