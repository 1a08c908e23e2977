import { setTimeout as sleep } from 'node:timers/promises'
import { startLoki } from '../../support/realLoki.ts'
import { chaos, startChaos } from './chaosRun.ts'

chaos('Loki killed under load, once with the relay: each record is in Loki once when both are back', async round => {
  const { t, random, say } = round
  const loki = await startLoki()
  t.after(() => loki.stop())
  // Many small pushes, so that mostly some are under way.
  const env = { LOKI_FLUSH_INTERVAL: '50ms' }
  const { relay, load, end } = await startChaos(round, { loki, relay: { env } })
  const withRelay = random.integer(1, 2)
  for (let kill = 1; kill <= 2; kill++) {
    await load.more(random.integer(300, 2500))
    await sleep(random.between(0, 50))
    const both = kill === withRelay
    await Promise.all([loki.kill('SIGKILL'), both && relay.kill('SIGKILL')])
    const awayMs = random.between(0, 12_000)
    say(
      `kill ${kill}${both ? ', of both,' : ''} after ${load.recordIds.length}, Loki away for ${Math.round(awayMs)} ms`,
    )
    if (both) await relay.restart()
    await sleep(awayMs)
    await loki.start()
  }
  await load.more(500)
  await end()
})
