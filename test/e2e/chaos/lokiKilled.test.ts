import { setTimeout as sleep } from 'node:timers/promises'
import { startLoki } from '../../support/realLoki.ts'
import { chaos, heavyLoad, startChaos } from './chaosRun.ts'

chaos('Loki killed under load, once with the relay: each record is in Loki once when both are back', async round => {
  const { t, random, say } = round
  const loki = await startLoki()
  t.after(() => loki.stop())
  const { relay, load, untilShipping, end } = await startChaos(round, { loki, load: heavyLoad })
  for (const way of random.shuffled(['at once', 'after a hang', 'with the relay'])) {
    await load.more(random.integer(500, 5000))
    await untilShipping()
    const both = way === 'with the relay'
    // What the relay sends meanwhile is never seen by it.
    const hangsMs = way === 'after a hang' ? random.between(1000, 3000) : 0
    if (hangsMs > 0) process.kill(loki.pid, 'SIGSTOP')
    await sleep(hangsMs)
    await Promise.all([loki.kill('SIGKILL'), both && relay.kill('SIGKILL')])
    const awayMs = random.between(0, 6000)
    say(`killed ${way} after ${load.recordIds.length} records, away for ${Math.round(awayMs)} ms`)
    if (both) await relay.restart()
    await sleep(awayMs)
    await loki.start()
  }
  await load.more(500)
  await end()
})
