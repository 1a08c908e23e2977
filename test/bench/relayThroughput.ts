import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { servePages } from '../support/pageServer.ts'
import { type RelayProcess, startRelay } from '../support/relayProcess.ts'
import { waitFor } from '../support/waitFor.ts'
import { measureBareLoop } from './bareLoop.ts'
import { makeBatch, recordsPerBatch, sendAll } from './load.ts'
import { median, percentile } from './statistics.ts'

export interface RelayThroughput {
  /** Records a second of the relay's processor time, from request to Loki's 204; medians over rounds. */
  relay: number
  /** The same of a bare node:http server that only parses. */
  bareServer: number
  /** The same of parser and encoder alone, without a server. */
  bareLoop: number
  /** Records a second of the clock, durable answers, with client and stub on the same machine. */
  perSecond: number
  ackMs: { p50: number; p99: number }
  rounds: number
}

const batchesPerRound = 300

/** All three take turns on the same bytes, so that a busy machine slows them alike. */
export async function measureRelay(rounds: number): Promise<RelayThroughput> {
  const loki = await servePages(lokiThatTakesEverything)
  const relay = await startRelay({ env: { LOKI_ENDPOINT: loki.origin, RELAY_KEY: 'pk_bench', RELAY_ORIGINS: '*' } })
  const bare = await startBareServer()
  const seen = {
    relay: [] as number[],
    bareServer: [] as number[],
    bareLoop: [] as number[],
    perSecond: [] as number[],
  }
  const ackMs: number[] = []
  try {
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      const bodies = Array.from({ length: batchesPerRound }, makeBatch)
      const ofRelay = await throughRelay(relay, bodies)
      const ofServer = await throughBareServer(bare, bodies)
      const ofLoop = measureBareLoop(bodies)
      if (round === 0) continue
      seen.relay.push(ofRelay.perCpuSecond)
      seen.perSecond.push(ofRelay.perSecond)
      ackMs.push(...ofRelay.ackMs)
      seen.bareServer.push(ofServer)
      seen.bareLoop.push(ofLoop)
    }
  } finally {
    bare.stop()
    await relay.stop()
    await loki.close()
  }
  return {
    relay: median(seen.relay),
    bareServer: median(seen.bareServer),
    bareLoop: median(seen.bareLoop),
    perSecond: median(seen.perSecond),
    ackMs: { p50: percentile(ackMs, 0.5), p99: percentile(ackMs, 0.99) },
    rounds,
  }
}

async function throughRelay(relay: RelayProcess, bodies: readonly string[]) {
  const records = bodies.length * recordsPerBatch
  const before = await relay.metrics()
  const startMs = performance.now()
  const ackMs = await sendAll(relay.url, '/v1/i/pk_bench', bodies)
  const elapsedS = (performance.now() - startMs) / 1000
  const storedBefore = sample(before, 'loki_beacon_records_stored_total')
  // Done when the stub has all of it: what waits in the spool is work that still has to be paid for.
  const after = await waitFor(
    async () => {
      const metrics = await relay.metrics()
      return sample(metrics, 'loki_beacon_records_stored_total') - storedBefore >= records && metrics
    },
    { timeoutMs: 60_000, everyMs: 200, what: `${records} records to be forwarded` },
  )
  const cpuSeconds = sample(after, 'process_cpu_seconds_total') - sample(before, 'process_cpu_seconds_total')
  return { perCpuSecond: records / cpuSeconds, perSecond: records / elapsedS, ackMs }
}

interface BareServer {
  origin: string
  cpuSeconds(): Promise<number>
  stop(): void
}

async function startBareServer(): Promise<BareServer> {
  const child = fork(join(import.meta.dirname, 'bareServer.ts'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    origin: `http://127.0.0.1:${port}`,
    async cpuSeconds() {
      child.send('cpu')
      const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
      return (user + system) / 1e6
    },
    stop: () => child.disconnect(),
  }
}

async function throughBareServer(bare: BareServer, bodies: readonly string[]): Promise<number> {
  const before = await bare.cpuSeconds()
  await sendAll(bare.origin, '/', bodies)
  return (bodies.length * recordsPerBatch) / ((await bare.cpuSeconds()) - before)
}

/** 204 for every push, and no entry for whoever asks. */
const lokiThatTakesEverything: RequestListener = (request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.method === 'POST') return void response.writeHead(204).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"status":"success","data":{"resultType":"streams","result":[]}}')
  })
}

function sample(metrics: ReadonlyMap<string, number>, name: string): number {
  const value = metrics.get(name)
  if (value === undefined) throw new Error(`the relay has no metric ${name}`)
  return value
}
