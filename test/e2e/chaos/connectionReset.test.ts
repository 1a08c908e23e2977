import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { chaos, heavyLoad, startChaos } from './chaosRun.ts'
import { type Deed, startLokiProxy } from './lokiProxy.ts'

chaos('connections reset after a push was sent: whether Loki got it or not, it has each record once', async round => {
  const { t, random, say } = round
  const loki = await connectLoki()
  const proxy = await startLokiProxy(t, loki.url)
  // How many requests come is not in the seed's hands: what is drawn for them must not change the rest.
  const ofRequests = random.fork()
  const deeds: (() => Deed)[] = [
    () => ({ name: 'not forwarded', reachesLoki: false, instead: 'reset' }),
    () => ({ name: 'answer lost', instead: 'reset' }),
    // Within loki.settle, as docs/loki.md demands of a proxy that holds requests.
    () => ({ name: 'forwarded late', lateMs: ofRequests.between(0, 3000), instead: 'reset' }),
    () => ({ name: 'bad gateway', reachesLoki: ofRequests.chance(0.5), instead: { status: 502, text: 'Bad Gateway' } }),
  ]
  const relay = { env: { LOKI_ENDPOINT: proxy.url, LOKI_SETTLE: '4s' } }
  const { load, untilShipping, end } = await startChaos(round, { loki, relay, load: heavyLoad })
  for (let spell = 1; spell <= 3; spell++) {
    await load.more(random.integer(500, 3000))
    await untilShipping()
    const share = random.between(0.2, 0.9)
    // Looks for what was stored are hit as well, more rarely.
    proxy.deed = path =>
      ofRequests.chance(/push/.test(path) ? share : share / 4) ? ofRequests.pick(deeds)() : undefined
    const spellMs = random.between(2000, 8000)
    say(`spell ${spell}: ${Math.round(share * 100)} % of the pushes for ${Math.round(spellMs)} ms`)
    await sleep(spellMs)
    proxy.deed = undefined
  }
  await load.more(200)
  say(Array.from(proxy.done, ([name, count]) => `${count} ${name}`).join(', '))
  assert.ok(proxy.done.size > 0)
  await end()
})
