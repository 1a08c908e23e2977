import { setTimeout as sleep } from 'node:timers/promises'
import { startLoki } from '../../support/realLoki.ts'
import { chaos, heavyLoad, startChaos } from './chaosRun.ts'

const frozenMs = 40_000

chaos('Loki frozen for 40 s under load: pages go on, and then each record is in Loki once', async round => {
  const { t, random, say } = round
  const loki = await startLoki()
  t.after(() => loki.stop())
  // Mostly a relay that gives up its pushes before Loki is back, so that nobody knows what they did.
  const timeout = random.chance(0.75) ? `${random.integer(3, 20)}s` : '60s'
  const { load, end } = await startChaos(round, {
    loki,
    relay: { env: { LOKI_TIMEOUT: timeout } },
    load: heavyLoad,
  })
  await load.more(random.integer(300, 2500))
  await sleep(random.between(0, 200))
  process.kill(loki.pid, 'SIGSTOP')
  say(`frozen after ${load.recordIds.length} records, pushes wait for ${timeout}`)
  await sleep(frozenMs)
  await load.more(1)
  process.kill(loki.pid, 'SIGCONT')
  say(`thawed after ${load.recordIds.length} records`)
  await load.more(500)
  await end()
})
