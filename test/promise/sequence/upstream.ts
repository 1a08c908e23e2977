import { type Attempt, startIntake } from '../../support/intake.ts'
import { connectLoki } from '../../support/realLoki.ts'
import { startRelay } from '../../support/relayProcess.ts'
import { type Fault, faults } from './operations.ts'

export const appKey = 'pk_sequence'

/** Where the pages of one run send to. */
export interface Upstream {
  url: string
  down(signal: NodeJS.Signals): Promise<void>
  up(): Promise<void>
  /** The next requests are answered so; of the relay itself that can't be asked. */
  fail(fault: Fault, times: number): void
  /** All well from now on, but for the limit of an intake. */
  heal(): Promise<void>
  /** Every record that is stored, as often as it is. */
  stored(): Promise<StoredRecord[]>
  /** What the pages have told of drops, in batches that are stored; of an intake only. */
  told(): number
  /** Records that may be stored while their page does not know, and can't: of an intake only. */
  ambiguous(): number
  close(): Promise<void>
}

export interface StoredRecord {
  message: string
  level: string
}

/** Larger requests are answered 413. */
export async function startIntakeUpstream(limitBytes = Number.POSITIVE_INFINITY): Promise<Upstream> {
  const intake = await startIntake()
  const told = new Map<string, number>()
  const unconfirmed = new Map<Attempt, boolean>()
  let script: { fault: Fault; times: number } | undefined
  let isUp = true
  intake.script = attempt => {
    if (attempt.bytes > limitBytes) return { status: 413, code: 'too_large' }
    const answer = script && script.times-- > 0 ? faults[script.fault] : undefined
    if (answer === undefined || answer === 'resetAfterStore') {
      const { batch, drops, token, context } = attempt.header
      // Another tab may have found the row as it was before the drops were added.
      told.set(batch, Math.max(sum(drops ?? {}), told.get(batch) ?? 0))
      // Of what another tab has sent for it, a page hears only when it sends that itself.
      const isByOther = token !== context?.user?.id
      unconfirmed.set(attempt, attempt.how === 'beacon' || answer !== undefined || isByOther)
    }
    return answer
  }
  const up = async () => {
    if (!isUp) await intake.up()
    isUp = true
  }
  return {
    url: intake.url,
    async down() {
      if (isUp) await intake.down()
      isUp = false
      // The answers to those may not have got out any more.
      const nowMs = performance.now()
      for (const attempt of unconfirmed.keys()) if (nowMs - attempt.atMs < 1000) unconfirmed.set(attempt, true)
    },
    up,
    fail(fault, times) {
      script = { fault, times }
    },
    async heal() {
      script = undefined
      await up()
    },
    stored: async () => intake.stored,
    told: () => sum(Object.fromEntries(told)),
    ambiguous: () => [...unconfirmed].reduce((count, [attempt, is]) => count + (is ? attempt.records.length : 0), 0),
    async close() {
      if (isUp) await intake.close()
    },
  }
}

/** One relay for all runs. */
export async function startRelayUpstream(): Promise<Upstream> {
  const loki = await connectLoki()
  const tenant = `sequence-${crypto.randomUUID()}`
  const startMs = Date.now()
  const relay = await startRelay({
    config: `
loki: { endpoint: '${loki.url}', flushInterval: 100ms }
apps:
  - { name: shop, keys: [${appKey}], tenant: ${tenant}, origins: ['*'] }`,
  })
  let isUp = true
  const up = async () => {
    if (!isUp) await relay.restart()
    isUp = true
  }
  return {
    url: relay.url,
    async down(signal) {
      if (isUp) await relay.kill(signal)
      isUp = false
    },
    up,
    fail() {},
    heal: up,
    async stored() {
      const range = { startMs: startMs - 60_000, endMs: Date.now() + 60_000 }
      const entries = await loki.queryLog(tenant, '{app="shop"}', range)
      return entries.map(({ line, labels }) => ({
        message: (JSON.parse(line) as { message: string }).message,
        level: labels.level ?? '',
      }))
    },
    told: () => 0,
    ambiguous: () => 0,
    close: async () => void (await relay.stop()),
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
