import type { RequestListener } from 'node:http'
import { servePages } from '../../support/pageServer.ts'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { median, percentile } from '../statistics.ts'
import { measureBareLoop } from './bareLoop.ts'
import { startCpuChild } from './cpuChild.ts'
import { type BatchShape, makeBatch, sendAll, sendEvery } from './load.ts'

export interface RelayResult extends BatchShape {
  /** Processor time a record, in us, from request to Loki's 204; medians over rounds. */
  relayUs: number
  /** The same of a bare node:http server that only parses. */
  serverUs: number
  /** The same of parser and encoder alone, without a server. */
  loopUs: number
  /** Records a second of the clock, durable answers, with client and stub on the same machine. */
  perSecond: number
  ackMs: { p50: number; p99: number }
}

export interface HalfLoad {
  perSecond: number
  ackMs: { p50: number; p99: number }
  /** Of the bare server, at the same pace: what of it is the machine's. */
  bareMs: { p50: number; p99: number }
}

export const batchSizes = [1, 10, 100, 500]
const halfLoadMs = 10_000
/** V8 compiles for the first few thousand batches, in threads of its own that count as the relay's. A relay runs for months. */
export const warmUp = { records: 100, gzip: false, rounds: 10 }

/** So many batches of the warm-up, for the table to tell. */
export const warmUpBatches = warmUp.rounds * batchesPerRound(warmUp.records)

/** In a round; enough batches of each size that its processor time can be told. */
function batchesPerRound(records: number): number {
  return Math.round(Math.min(2000, Math.max(60, 30_000 / records)))
}

/** All three take turns on the same bytes, so that a busy machine slows them alike. */
export async function measureRelay(rounds: number): Promise<{ results: RelayResult[]; halfLoad: HalfLoad }> {
  const loki = await servePages(lokiThatTakesEverything)
  const relay = await startRelay({ env: { LOKI_ENDPOINT: loki.origin, RELAY_KEY: 'pk_bench', RELAY_ORIGINS: '*' } })
  const bare = await startCpuChild('bareServer.ts')
  const bareOrigin = `http://127.0.0.1:${bare.hello.port}`
  const results: RelayResult[] = []
  try {
    for (let round = 0; round < warmUp.rounds; round++) await measureRound(warmUp)
    for (const gzip of [false, true])
      for (const records of batchSizes) results.push(await measureShape({ records, gzip }))
    const { perSecond } = results.find(({ records, gzip }) => records === 100 && !gzip)!
    const pace = perSecond / 2
    const ackMs = await answerTimes(pace, relay.url, '/v1/i/pk_bench')
    return { results, halfLoad: { perSecond: pace, ackMs, bareMs: await answerTimes(pace, bareOrigin, '/') } }
  } finally {
    bare.stop()
    await relay.stop()
    await loki.close()
  }

  async function measureShape(shape: BatchShape): Promise<RelayResult> {
    const seen = {
      relayUs: [] as number[],
      serverUs: [] as number[],
      loopUs: [] as number[],
      perSecond: [] as number[],
    }
    const ackMs: number[] = []
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      const { ofRelay, serverUs, loopUs, records } = await measureRound(shape)
      if (round === 0) continue
      seen.relayUs.push(ofRelay.cpuUs / records)
      seen.serverUs.push(serverUs / records)
      seen.loopUs.push(loopUs / records)
      seen.perSecond.push(ofRelay.perSecond)
      ackMs.push(...ofRelay.ackMs)
    }
    return {
      ...shape,
      relayUs: median(seen.relayUs),
      serverUs: median(seen.serverUs),
      loopUs: median(seen.loopUs),
      perSecond: median(seen.perSecond),
      ackMs: { p50: percentile(ackMs, 0.5), p99: percentile(ackMs, 0.99) },
    }
  }

  async function measureRound(shape: BatchShape) {
    const count = batchesPerRound(shape.records)
    const records = count * shape.records
    const bodies = Array.from({ length: count }, () => makeBatch(shape))
    const ofRelay = await throughRelay(relay, bodies, records)
    const before = await bare.cpuUs()
    await sendAll(bareOrigin, '/', bodies)
    const serverUs = (await bare.cpuUs()) - before
    return { ofRelay, serverUs, loopUs: measureBareLoop(bodies), records }
  }
}

/** Sends, and waits until Loki has all of it: what waits in the spool is work that still has to be paid for. */
export async function throughRelay(relay: RelayProcess, bodies: readonly Buffer[], records: number) {
  const before = await relay.metrics()
  const startMs = performance.now()
  const ackMs = await sendAll(relay.url, '/v1/i/pk_bench', bodies)
  const elapsedS = (performance.now() - startMs) / 1000
  const after = await untilStored(relay, sample(before, stored) + records)
  const cpuSeconds = sample(after, cpu) - sample(before, cpu)
  return { cpuUs: cpuSeconds * 1e6, perSecond: records / elapsedS, ackMs }
}

async function answerTimes(perSecond: number, origin: string, path: string): Promise<{ p50: number; p99: number }> {
  const shape = { records: 100, gzip: false }
  const intervalMs = (1000 * shape.records) / perSecond
  const bodies = Array.from({ length: Math.round(halfLoadMs / intervalMs) }, () => makeBatch(shape))
  const times = await sendEvery(intervalMs, origin, path, bodies)
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

function untilStored(relay: RelayProcess, records: number): Promise<Map<string, number>> {
  return waitFor(
    async () => {
      const metrics = await relay.metrics()
      return sample(metrics, stored) >= records && metrics
    },
    // Each look is a scrape, which the relay pays for: not many more than a Prometheus would make.
    { timeoutMs: 60_000, everyMs: 500, what: `${records} records to be forwarded` },
  )
}

const stored = 'loki_beacon_records_stored_total'
const cpu = 'process_cpu_seconds_total'

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
