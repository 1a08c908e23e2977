import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { chaos, startChaos } from './chaosRun.ts'
import { startSlowWay } from './lokiProxy.ts'

chaos(
  'a relay that is killed again and again under load loses nothing it accepted, and stores nothing twice',
  async round => {
    const { t, random, say } = round
    const loki = await connectLoki()
    const { url } = await startSlowWay(t, loki.url, random)
    const { relay, load, untilShipping, end } = await startChaos(round, {
      loki,
      relay: { env: { LOKI_ENDPOINT: url, LOKI_SETTLE: '3s' } },
    })
    for (let kill = 1; kill <= 4; kill++) {
      await load.more(random.integer(100, 1500))
      if (random.chance(0.6)) await untilShipping()
      await sleep(random.between(0, 50))
      await relay.kill('SIGKILL')
      const awayMs = random.between(0, 1500)
      say(`kill ${kill} after ${load.recordIds.length} records, away for ${Math.round(awayMs)} ms`)
      await sleep(awayMs)
      await relay.restart()
    }
    await load.more(200)
    await end()
  },
)
