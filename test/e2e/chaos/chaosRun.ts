import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Loki } from '../../support/realLoki.ts'
import { readFigures } from '../../support/recordFigures.ts'
import { type RelayOptions, type RelayProcess, startRelay } from '../../support/relayProcess.ts'
import { waitFor } from '../../support/waitFor.ts'
import { assertStoredOnce, type Expected } from './assertStoredOnce.ts'
import { type Load, type LoadOptions, startLoad } from './load.ts'
import { createRandom, type Random } from './random.ts'

export interface ChaosRound {
  t: TestContext
  /** All choices of the round: where they fall in time is up to the machine. */
  random: Random
  /** Notes what was done, with the time since the round began. */
  say(text: string): void
}

export interface ChaosSetup {
  loki: Loki
  relay?: RelayOptions
  load?: Partial<LoadOptions>
}

export interface Chaos {
  relay: RelayProcess
  load: Load
  /** Waits until Loki has taken some more: after a doubt a lane rests for `loki.settle`, and no fault would meet it. */
  untilShipping(): Promise<void>
  /** Ends the load, waits until all of it is shipped, and holds what Loki has against what was accepted. */
  end(expected?: Expected): Promise<void>
}

/**
 * One stream, and more of it in a second than the 256 KB within which Loki knows a repeated entry: a push that is
 * repeated without a look shows in metric queries (docs/loki.md).
 */
export const heavyLoad = { kinds: ['log'], maxRecords: 60 } as const

const key = 'pk_chaos'
/** `SEED` makes the choices of one round again. */
const given = process.env.SEED ? Number(process.env.SEED) : undefined
const rounds = given === undefined ? Number(process.env.ROUNDS) || (process.env.LONG ? 20 : 1) : 1

/** The same test for each round, each with choices of its own. */
export function chaos(promise: string, run: (round: ChaosRound) => Promise<void>): void {
  for (let round = 1; round <= rounds; round++)
    test(rounds > 1 ? `${promise} (round ${round})` : promise, async t => {
      const seed = given ?? Math.trunc(Math.random() * 2 ** 31)
      const startMs = performance.now()
      const say = (text: string) => t.diagnostic(`${((performance.now() - startMs) / 1000).toFixed(2)} s: ${text}`)
      t.diagnostic(`SEED=${seed}`)
      await run({ t, say, random: createRandom(seed) })
    })
}

/** A relay under load, with a tenant of its own in Loki. */
export async function startChaos({ t, say, random }: ChaosRound, setup: ChaosSetup): Promise<Chaos> {
  const { loki } = setup
  const tenant = `chaos-${randomUUID().slice(0, 8)}`
  const startMs = Date.now()
  const relay = await startRelay({
    ...setup.relay,
    env: {
      LOKI_ENDPOINT: loki.url,
      LOKI_TENANT_ID: tenant,
      RELAY_KEY: key,
      RELAY_ORIGINS: '*',
      SERVICE_NAME: 'shop',
      ...setup.relay?.env,
    },
  })
  t.after(() => relay.stop())
  const { pid } = relay
  const load = startLoad({ url: relay.url, keys: [key], random, ...setup.load })
  t.after(() => load.abandon())
  return {
    relay,
    load,
    async untilShipping() {
      const { stored } = await readFigures(relay)
      const shipping = async () => (await readFigures(relay)).stored > stored
      await waitFor(shipping, { timeoutMs: 90_000, everyMs: 50, what: 'the relay to ship' })
    },
    async end(expected) {
      await load.stop()
      const endings = Array.from(load.endings, ([ending, count]) => `${count} ${ending}`)
      say(`load over: ${load.recordIds.length} records; requests: ${endings.join(', ')}`)
      await assertStoredOnce(
        { loki, relay, tenant, startMs, oneProcess: relay.pid === pid, recordIds: load.recordIds },
        expected,
      )
      say('each is in Loki once')
    },
  }
}
