import { setTimeout as sleep } from 'node:timers/promises'
import { type OwnLoki, startLoki } from '../../support/realLoki.ts'
import { readFigures } from '../../support/recordFigures.ts'
import { type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { percentile } from '../statistics.ts'
import { makeBatch, sendAll, sendEvery } from './load.ts'

export interface SoakMinute {
  /** Largest of the minute. */
  rssMiB: number
  pending: number
  ackMs: { p50: number; p99: number }
}

export interface SoakPhase {
  name: string
  minutes: SoakMinute[]
  /** Of the whole phase. */
  ackMs: { p50: number; p99: number }
}

export interface Soak {
  perSecond: number
  phases: SoakPhase[]
  acknowledged: number
  /** By a metric query, which would count copies too. */
  stored: number
}

const minuteMs = 60_000
const sampleEveryMs = 5000
const shape = { records: 100, gzip: false }
const path = '/v1/i/pk_soak'
const tenant = 'soak'
/** The limits that docs/loki.md tells a busy tenant to have: with those of Loki itself this would measure its 429. */
const limits = {
  ingestion_rate_mb: 100,
  ingestion_burst_size_mb: 200,
  per_stream_rate_limit: '100MB',
  per_stream_rate_limit_burst: '200MB',
}

/** A long time at half of what relay and Loki bear together on this machine, and as long with Loki down. */
export async function measureSoak(phaseMinutes: number): Promise<Soak> {
  const loki = await startLoki({ limits })
  const startMs = Date.now()
  const relay = await startRelay({
    env: {
      LOKI_ENDPOINT: loki.url,
      LOKI_TENANT_ID: tenant,
      RELAY_KEY: 'pk_soak',
      RELAY_ORIGINS: '*',
      // So long a time without Loki takes more than the default.
      RELAY_SPOOL_MAX_BYTES: '16GiB',
    },
  })
  try {
    const warmUp = 60_000
    const perSecond = (await sustained(relay, warmUp)) / 2
    const up = await soak(relay, 'Loki is there', perSecond, phaseMinutes)
    await loki.kill('SIGKILL')
    const down = await soak(relay, 'Loki is down', perSecond, phaseMinutes)
    await loki.start()
    await untilShipped(relay, 4 * phaseMinutes * minuteMs)
    const acknowledged = warmUp + up.acknowledged + down.acknowledged
    return { perSecond, phases: [up, down], acknowledged, stored: await countByMinutes(loki, startMs) }
  } finally {
    await relay.stop()
    await loki.stop()
  }
}

/** Records a second, from the first request until Loki has the last one. */
async function sustained(relay: RelayProcess, records: number): Promise<number> {
  const bodies = Array.from({ length: records / shape.records }, () => makeBatch(shape))
  const startMs = performance.now()
  await sendAll(relay.url, path, bodies)
  await untilShipped(relay, 2 * minuteMs)
  return (records * 1000) / (performance.now() - startMs)
}

async function soak(
  relay: RelayProcess,
  name: string,
  perSecond: number,
  phaseMinutes: number,
): Promise<SoakPhase & { acknowledged: number }> {
  const intervalMs = (1000 * shape.records) / perSecond
  const batches = Math.round((phaseMinutes * minuteMs) / intervalMs)
  const samples: { minute: number; rssMiB: number; pending: number }[] = []
  const startMs = performance.now()
  let over = false
  const sampling = (async () => {
    while (!over) {
      const metrics = await relay.metrics()
      samples.push({
        minute: Math.floor((performance.now() - startMs) / minuteMs),
        rssMiB: (metrics.get('process_resident_memory_bytes') ?? Number.NaN) / 1024 ** 2,
        pending: metrics.get('loki_beacon_records_pending') ?? Number.NaN,
      })
      await sleep(sampleEveryMs)
    }
  })()
  const times = await sendEvery(intervalMs, relay.url, path, makeBatches(batches))
  over = true
  await sampling
  const perMinute = Math.ceil(minuteMs / intervalMs)
  const minutes = Array.from({ length: phaseMinutes }, (_, minute): SoakMinute => {
    const ofMinute = samples.filter(sample => sample.minute === minute)
    return {
      rssMiB: Math.max(...ofMinute.map(({ rssMiB }) => rssMiB)),
      pending: ofMinute.at(-1)?.pending ?? Number.NaN,
      ackMs: quantiles(times.slice(minute * perMinute, (minute + 1) * perMinute)),
    }
  })
  // Each was answered 202, or there would be no times.
  return { name, minutes, ackMs: quantiles(times), acknowledged: times.length * shape.records }
}

/** Each when its turn comes: all at once would fill the memory. */
function* makeBatches(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield makeBatch(shape)
}

function quantiles(times: readonly number[]): { p50: number; p99: number } {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

async function untilShipped(relay: RelayProcess, timeoutMs: number): Promise<void> {
  const shipped = async () => (await readFigures(relay)).pending === 0
  await waitFor(shipped, { timeoutMs, everyMs: 100, what: 'all records to be shipped' })
}

/** A range of half an hour with millions of entries takes Loki longer than an answer may. */
async function countByMinutes(loki: OwnLoki, firstMs: number): Promise<number> {
  let stored = 0
  for (let startMs = firstMs - minuteMs; startMs < Date.now() + minuteMs; startMs += minuteMs)
    stored += await loki.queryCount(tenant, '{app="app"}', { startMs, endMs: startMs + minuteMs })
  return stored
}
