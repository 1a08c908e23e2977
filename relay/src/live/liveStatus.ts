import { formatLabels } from '../lane.ts'
import { lokiCauseOf } from '../lokiCauses.ts'
import type { OutcomeTotals } from '../outcomes.ts'
import type { LiveTail } from './liveTail.ts'

/** One lane's state, as the shipper tells it. */
export interface LiveLane {
  /** `<tenant> <labels>`, see `lane.ts`. */
  lane: string
  /** `shipping`, `retrying`, `throttled` or `stopped`. */
  state: string
  /** `closed`, `open` or `half-open`. */
  breaker: string
  /** Why it does not flow, in words for the operator. */
  reason?: string
  /** In this state since, in ms since the epoch. */
  sinceMs: number
}

/** What the page shows of the spool. */
export interface LiveSpool {
  records: number
  bytes: number
  oldestAgeMs: number
  quarantinedRecords: number
  writable: boolean
  /** Why it takes no more. */
  full?: { bound: string; reason: string }
}

export interface LiveApp {
  name: string
  /** One of its publishable keys. */
  key: string
  origins: readonly string[]
  /** The configuration file that lists it; absent where the environment describes it. */
  file?: string
  tenant: string
  /** Those that all of its streams have. */
  labels: Readonly<Record<string, string>>
}

export interface LiveStatusOptions {
  tail: LiveTail
  version: string
  /** Host (and port) of Loki, never the whole address; absent when standalone. */
  lokiHost?: string
  spool(): Promise<LiveSpool>
  lanes(): readonly LiveLane[]
  outcomes(): OutcomeTotals
  /** How often a page fetched the script from this relay. */
  scriptLoads(): number
  /** What the running relay did not take up of a changed configuration. */
  configProblems(): readonly { field?: string; text: string }[]
  /** Where the public port listens, once it does. */
  publicPort(): number | undefined
  apps(): readonly LiveApp[]
}

/** Enough to see what is wrong; a relay may have thousands of lanes. */
const maxLanesShown = 50

/** All that the page shows beside records; nothing of credentials. */
export async function describeStatus(options: LiveStatusOptions) {
  const { tail, version, lokiHost, spool, lanes, outcomes, scriptLoads, configProblems, publicPort, apps } = options
  const all = lanes()
  return {
    version,
    epoch: tail.epoch,
    mode: lokiHost === undefined ? 'standalone' : 'forwarding',
    lokiHost,
    nowMs: Date.now(),
    // A page that says "the spool does not answer" helps more than a 500.
    spool: await spool().catch(() => undefined),
    // Those in trouble first: they must not be the ones that find no room.
    lanes: all
      .toSorted((a, b) => Number(b.reason !== undefined) - Number(a.reason !== undefined))
      .slice(0, maxLanesShown)
      .map(lane => ({ ...lane, advice: adviceOf(lane) })),
    laneCount: all.length,
    counts: tail.counts(),
    outcomes: outcomes(),
    refusals: tail.refusals(),
    scriptLoads: scriptLoads(),
    configProblems: configProblems().map(({ field, text }) => ({ field, text })),
    publicPort: publicPort(),
    apps: apps().map(({ name, key, origins, file, tenant, labels }) => ({
      name,
      key,
      origins,
      file,
      tenant,
      selector: selectorOf(labels),
    })),
  }
}

/** What the reason means, and what to do; nothing where its words are all that is known. */
function adviceOf({ reason, state }: LiveLane): string | undefined {
  const known = reason === undefined ? undefined : lokiCauseOf(reason)
  return known && `${known.cause}. ${known.mend}.${state === 'retrying' ? ' The relay tries again by itself.' : ''}`
}

/** The stream selector to look an app up with in Loki; `service_name` says what `app` does. */
function selectorOf({ service_name: _, ...labels }: Readonly<Record<string, string>>): string {
  return formatLabels(labels)
}
