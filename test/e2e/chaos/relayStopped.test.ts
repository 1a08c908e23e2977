import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { chaos } from './chaosRun.ts'
import { startSlowChaos } from './slowPushes.ts'

chaos(
  'a relay that is stopped under load ends by itself, and goes on after its start where it left off',
  async round => {
    const { random, say } = round
    const { relay, load, anyMoment, end } = await startSlowChaos(round)
    for (let stop = 1; stop <= 4; stop++) {
      await anyMoment(50)
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
