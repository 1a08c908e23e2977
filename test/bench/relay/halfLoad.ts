import type { RelayProcess } from '../../support/relayProcess.ts'
import { median, percentile } from '../statistics.ts'
import { startCpuChild } from './cpuChild.ts'
import { makeBatch, sendEvery } from './load.ts'
import { throughRelay } from './throughRelay.ts'

/** Of the times of answers, in ms. */
interface AnswerTimes {
  p50: number
  p99: number
}

export interface HalfLoad {
  /** Half of what the relay takes and hands on for seconds on end. */
  perSecond: number
  windows: number
  /** In the median window. */
  relayMs: AnswerTimes
  /** In the window with the lowest p99. */
  relayBestMs: AnswerTimes
  /** A bare server that answers at once. */
  bareMs: AnswerTimes
  /** A bare server that writes each body to a file, and answers once the disk has it. */
  bareDurableMs: AnswerTimes
}

const shape = { records: 100, gzip: false }
const burstBatches = 2000
const windowMs = 4000

/**
 * How long an answer takes at half of what the relay bears, next to bare servers at the same pace. They take turns in
 * short windows: a machine that is shared stalls now and then, and the median window tells of the relay.
 */
export async function measureHalfLoad(relay: RelayProcess, windows: number): Promise<HalfLoad> {
  const perSecond = (await sustained(relay)) / 2
  const bare = await startCpuChild('bareServer.ts')
  const bareDurable = await startCpuChild('bareServer.ts', ['durable'])
  try {
    const seen = { relay: [] as AnswerTimes[], bare: [] as AnswerTimes[], bareDurable: [] as AnswerTimes[] }
    // The first window only warms up.
    for (let window = 0; window <= windows; window++) {
      const ofRelay = await answerTimes(perSecond, relay.url, '/v1/i/pk_bench')
      const ofBare = await answerTimes(perSecond, `http://127.0.0.1:${bare.hello.port}`, '/')
      const ofBareDurable = await answerTimes(perSecond, `http://127.0.0.1:${bareDurable.hello.port}`, '/')
      if (window === 0) continue
      seen.relay.push(ofRelay)
      seen.bare.push(ofBare)
      seen.bareDurable.push(ofBareDurable)
    }
    return {
      perSecond,
      windows,
      relayMs: medianOf(seen.relay),
      relayBestMs: seen.relay.reduce((best, times) => (times.p99 < best.p99 ? times : best)),
      bareMs: medianOf(seen.bare),
      bareDurableMs: medianOf(seen.bareDurable),
    }
  } finally {
    bare.stop()
    bareDurable.stop()
  }
}

/** Records a second, from the first request to the last push. */
async function sustained(relay: RelayProcess): Promise<number> {
  const bodies = Array.from({ length: burstBatches }, () => makeBatch(shape))
  const startMs = performance.now()
  await throughRelay(relay, bodies, burstBatches * shape.records)
  return (1000 * burstBatches * shape.records) / (performance.now() - startMs)
}

async function answerTimes(perSecond: number, origin: string, path: string): Promise<AnswerTimes> {
  const intervalMs = (1000 * shape.records) / perSecond
  const bodies = Array.from({ length: Math.round(windowMs / intervalMs) }, () => makeBatch(shape))
  const times = await sendEvery(intervalMs, origin, path, bodies)
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

function medianOf(windows: readonly AnswerTimes[]): AnswerTimes {
  return { p50: median(windows.map(({ p50 }) => p50)), p99: median(windows.map(({ p99 }) => p99)) }
}
