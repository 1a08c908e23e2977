import { setTimeout as sleep } from 'node:timers/promises'
import { connectLoki } from '../../support/realLoki.ts'
import { waitFor } from '../../support/waitFor.ts'
import { chaos, startChaos } from './chaosRun.ts'
import { type Deed, startLokiProxy } from './lokiProxy.ts'

/** Whole answers of Loki 3.7 and of gateways before it, none of which is about an entry. */
const answers: Record<429 | 500 | 400, readonly string[]> = {
  429: [
    "ingestion rate limit exceeded for user shop (limit: 4194304 bytes/sec) while attempting to ingest '120' lines totaling '65536' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased",
    'maximum active stream limit exceeded when trying to create stream {app="shop"}, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, user: \'shop\'',
    'Too Many Requests',
  ],
  500: [
    'empty ring',
    'at least 1 live replicas required, could only find 0 - unhealthy instances: 127.0.0.1:9095',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:9095: connect: connection refused"',
    '<html><head><title>500 Internal Server Error</title></head><body><center><h1>500 Internal Server Error</h1></center></body></html>',
  ],
  400: [
    '<html><head><title>400 Bad Request</title></head><body><center><h1>400 Bad Request</h1></center><hr><center>nginx</center></body></html>',
    'Bad Request',
    'upstream request malformed',
  ],
}

chaos('Loki, or a gateway before it, answers 429, 500 or 400 for a while: it costs no record', async round => {
  const { t, random, say } = round
  const loki = await connectLoki()
  const proxy = await startLokiProxy(t, loki.url)
  // How many requests come is not in the seed's hands: what is drawn for them must not change the rest.
  const ofRequests = random.fork()
  const env = { LOKI_ENDPOINT: proxy.url, LOKI_FLUSH_INTERVAL: '200ms' }
  const { load, end } = await startChaos(round, { loki, relay: { env } })
  for (const status of random.shuffled([429, 500, 400] as const)) {
    await load.more(random.integer(200, 1000))
    const text = random.pick(answers[status])
    const share = random.pick([1, random.between(0.2, 0.9)])
    proxy.deed = path => (/push/.test(path) && ofRequests.chance(share) ? refusal(status, text) : undefined)
    const spellMs = random.between(1500, 6000)
    say(`${Math.round(share * 100)} % of the pushes are answered ${status} for ${Math.round(spellMs)} ms`)
    await sleep(spellMs)
    // After 400 lanes may rest for half a minute.
    await waitFor(() => proxy.done.size > 0, { timeoutMs: 60_000, what: 'a push to be refused' })
    proxy.deed = undefined
    say(Array.from(proxy.done, ([name, count]) => `${count} ${name}`).join(', '))
    proxy.done.clear()
  }
  await load.more(200)
  await end()

  /** Behind a 500 Loki may have stored the push; one that is refused with 429, 400 or for want of a ring never got there. */
  function refusal(status: number, text: string): Deed {
    const reachesLoki = status === 500 && !/empty ring/.test(text) && ofRequests.chance(0.5)
    return { name: `${status} ${text.slice(0, 24)}`, reachesLoki, instead: { status, text } }
  }
})
