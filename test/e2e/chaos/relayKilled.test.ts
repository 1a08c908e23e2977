import { setTimeout as sleep } from 'node:timers/promises'
import { chaos } from './chaosRun.ts'
import { startSlowChaos } from './slowPushes.ts'

chaos(
  'a relay that is killed again and again under load loses nothing it accepted, and stores nothing twice',
  async round => {
    const { random, say } = round
    const { relay, load, anyMoment, end } = await startSlowChaos(round)
    for (let kill = 1; kill <= 4; kill++) {
      await anyMoment(100)
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
