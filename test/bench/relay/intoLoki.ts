import { setTimeout as sleep } from 'node:timers/promises'
import { type OwnLoki, startLoki } from '../../support/realLoki.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { median } from '../statistics.ts'
import { startCpuChild } from './cpuChild.ts'
import { makeBatch } from './load.ts'
import { throughRelay } from './throughRelay.ts'

export interface IntoLoki {
  name: string
  /** Processor time of its process for a record logged, in us; the median of the rounds. */
  cpuUs: number
  logged: number
  /** Of these in Loki, by a metric query. */
  stored: number
}

const recordsPerRound = 30_000
const shape = { records: 100, gzip: false }
const tenant = 'bench'
/** What has not arrived for so long does not come any more. */
const quietMs = 5000

interface Contender {
  name: string
  selector: string
  round(): Promise<number>
  stop(): Promise<void> | void
}

/** The same records into a real Loki, in turns: by the relay, and by what a server would log with instead. */
export async function measureIntoLoki(rounds: number, peers: readonly string[]): Promise<IntoLoki[]> {
  const loki = await startLoki()
  const startMs = Date.now() - 60_000
  const contenders = [await relayInto(loki), ...(await Promise.all(peers.map(name => peerInto(loki, name))))]
  const count = (selector: string) => loki.queryCount(tenant, selector, { startMs, endMs: Date.now() + 60_000 })
  try {
    const times = contenders.map((): number[] => [])
    for (let round = 0; round <= rounds; round++)
      for (const [i, contender] of contenders.entries()) {
        const cpuUs = await contender.round()
        // The first round only warms up.
        if (round > 0) times[i]!.push(cpuUs / recordsPerRound)
      }
    const logged = (rounds + 1) * recordsPerRound
    return await Promise.all(
      contenders.map(async ({ name, selector }, i) => {
        return { name, cpuUs: median(times[i]!), logged, stored: await count(selector) }
      }),
    )
  } finally {
    for (const contender of contenders) await contender.stop()
    await loki.stop()
  }

  async function peerInto({ url }: OwnLoki, name: string): Promise<Contender> {
    const child = await startCpuChild('logger.ts', [name, url, tenant])
    const selector = `{job="${name}"}`
    return {
      name,
      selector,
      async round() {
        const before = await child.cpuUs()
        const wanted = (await count(selector)) + recordsPerRound
        await child.cpuUs({ records: recordsPerRound })
        await settled(() => count(selector), wanted)
        return (await child.cpuUs()) - before
      },
      stop: child.stop,
    }
  }
}

async function relayInto({ url }: OwnLoki): Promise<Contender> {
  const relay = await startRelay({
    env: { LOKI_ENDPOINT: url, LOKI_TENANT_ID: tenant, RELAY_KEY: 'pk_bench', RELAY_ORIGINS: '*' },
  })
  return {
    name: 'relay',
    selector: '{app="app"}',
    async round() {
      const bodies = Array.from({ length: recordsPerRound / shape.records }, () => makeBatch(shape))
      return (await throughRelay(relay, bodies, recordsPerRound)).cpuUs
    },
    async stop() {
      await relay.stop()
    },
  }
}

/** Until all is there, or nothing has come for a while. */
async function settled(count: () => Promise<number>, wanted: number): Promise<void> {
  let last = -1
  let lastAtMs = performance.now()
  while (last < wanted && performance.now() - lastAtMs < quietMs) {
    const now = await count()
    if (now !== last) lastAtMs = performance.now()
    last = now
    await sleep(250)
  }
}
