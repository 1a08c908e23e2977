import type { RequestListener } from 'node:http'
import { servePages } from '../../support/pageServer.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { median, percentile } from '../statistics.ts'
import { measureBareLoop } from './bareLoop.ts'
import { startCpuChild } from './cpuChild.ts'
import { type HalfLoad, measureHalfLoad } from './halfLoad.ts'
import { type BatchShape, makeBatch, sendAll } from './load.ts'
import { throughRelay } from './throughRelay.ts'

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

export const batchSizes = [1, 10, 100, 500]
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
    return { results, halfLoad: await measureHalfLoad(relay, rounds) }
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

/** 204 for every push, and no entry for whoever asks. */
const lokiThatTakesEverything: RequestListener = (request, response) => {
  request.resume()
  request.on('end', () => {
    if (request.method === 'POST') return void response.writeHead(204).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"status":"success","data":{"resultType":"streams","result":[]}}')
  })
}
