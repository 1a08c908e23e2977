import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { chaos, startChaos } from './chaosRun.ts'
import { startSlowWay } from './lokiProxy.ts'

chaos(
  'a relay that is stopped under load ends by itself, and goes on after its start where it left off',
  async round => {
    const { t, random, say } = round
    const loki = await connectLoki()
    const { url } = await startSlowWay(t, loki.url, random)
    const { relay, load, untilShipping, end } = await startChaos(round, {
      loki,
      relay: { env: { LOKI_ENDPOINT: url, LOKI_SETTLE: '3s' } },
    })
    for (let stop = 1; stop <= 4; stop++) {
      await load.more(random.integer(50, 1500))
      if (random.chance(0.6)) await untilShipping()
      await sleep(random.between(0, 50))
      const startMs = performance.now()
      const { code } = await relay.kill('SIGTERM')
      say(`stop ${stop} after ${load.recordIds.length} records took ${Math.round(performance.now() - startMs)} ms`)
      assert.equal(code, 0)
      await sleep(random.between(0, 1000))
      // Half of them too short for the pushes under way, which are given up then and looked for at the next start.
      await relay.restart({ RELAY_SHUTDOWN_TIMEOUT: random.pick(['10s', `${random.integer(1, 300)}ms`]) })
    }
    await load.more(200)
    await end()
  },
)
