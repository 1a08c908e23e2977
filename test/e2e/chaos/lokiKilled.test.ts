import { setTimeout as sleep } from 'node:timers/promises'
import { startLoki } from '../../support/realLoki.ts'
import { chaos, heavyLoad, startChaos } from './chaosRun.ts'

chaos('Loki killed under load, once with the relay: each record is in Loki once when both are back', async round => {
  const { t, random, say } = round
  const loki = await startLoki()
  t.after(() => loki.stop())
  const { relay, load, end } = await startChaos(round, { loki, load: heavyLoad })
  const withRelay = random.integer(1, 2)
  for (let kill = 1; kill <= 2; kill++) {
    await load.more(random.integer(500, 5000))
    const both = kill === withRelay
    // Most often it hangs before it dies, so that it has not seen what the relay has sent.
    const hangsMs = random.chance(0.8) ? random.between(0, 3000) : 0
    if (hangsMs > 0) process.kill(loki.pid, 'SIGSTOP')
    await sleep(hangsMs)
    await Promise.all([loki.kill('SIGKILL'), both && relay.kill('SIGKILL')])
    const awayMs = random.between(0, 10_000)
    const which = both ? 'both' : 'Loki'
    say(`kill ${kill}, of ${which}, after ${load.recordIds.length}: hangs ${ms(hangsMs)}, away for ${ms(awayMs)}`)
    if (both) await relay.restart()
    await sleep(awayMs)
    await loki.start()
  }
  await load.more(500)
  await end()
})

function ms(value: number): string {
  return `${Math.round(value)} ms`
}
