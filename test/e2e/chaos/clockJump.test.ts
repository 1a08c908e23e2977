import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { createWallClock } from '../../support/wallClock.ts'
import { chaos, startChaos } from './chaosRun.ts'

const hourMs = 3_600_000

chaos("the relay's clock jumps by hours under load, to and fro: each record is in Loki once", async round => {
  const { t, random, say } = round
  const loki = await connectLoki()
  const clock = await createWallClock(t)
  const { load, end } = await startChaos(round, { loki, relay: { env: clock.env }, load: { pages: 4 } })
  for (let jump = 1; jump <= 4; jump++) {
    await load.more(random.integer(200, 1000))
    // No further back than what queries of Loki show without a flush (docs/loki.md).
    const hours = jump === 4 ? 0 : random.pick([random.between(0.1, 6), -random.between(0.1, 2.2)])
    clock.shift(Math.round(hours * hourMs))
    say(`after ${load.recordIds.length} records the clock is ${hours.toFixed(2)} h off`)
    await sleep(random.between(500, 5000))
  }
  await load.more(200)
  await end({ clockOffMs: 7 * hourMs })
})
