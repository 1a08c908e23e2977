import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { type Chaos, type ChaosRound, startChaos } from './chaosRun.ts'
import { startLokiProxy } from './lokiProxy.ts'

export interface SlowChaos extends Chaos {
  /** Waits until at least so many more records were accepted, and then for any moment, mostly one amid pushes. */
  anyMoment(leastRecords: number): Promise<void>
}

/** A relay under load whose pushes take their time, so that it mostly ends amid some of them. */
export async function startSlowChaos(round: ChaosRound): Promise<SlowChaos> {
  const { t, random } = round
  const loki = await connectLoki()
  const proxy = await startLokiProxy(t, loki.url)
  const ofRequests = random.fork()
  const upTo500 = () => ofRequests.between(0, 500)
  proxy.deed = path =>
    /push/.test(path) ? { name: 'slow', holdMs: { request: upTo500(), answer: upTo500() } } : undefined
  const env = { LOKI_ENDPOINT: proxy.url, LOKI_SETTLE: '3s' }
  const chaos = await startChaos(round, { loki, relay: { env } })
  return {
    ...chaos,
    async anyMoment(leastRecords) {
      await chaos.load.more(random.integer(leastRecords, 1500))
      if (random.chance(0.6)) await chaos.untilShipping()
      await sleep(random.between(0, 50))
    },
  }
}
