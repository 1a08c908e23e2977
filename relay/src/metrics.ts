import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { auditFindings } from './auditFindings.ts'
import { type LaneState, laneStates } from './laneStates.ts'
import type { LimitName } from './limitNames.ts'
import type { Outcomes } from './outcomes.ts'
import type { SpoolBound, SpoolStats } from './spool/spool.ts'
import { createSpoolMetrics } from './spoolMetrics.ts'

export interface Metrics {
  /** One answered request; `error` is a code of the error table, or empty. */
  request(route: string, status: number, error: string, durationMs: number): void
  /** A request answered 429, and the records in it; none where it was refused before its body was read. */
  limited(app: string, limit: LimitName, records: number): void
  /** One batch on disk, by the key that it came with: one of the configuration, so their number is bounded. */
  batch(app: string, key: string): void
  /** A batch refused because the spool is full, or what its app may have of it. */
  spoolFull(app: string, bound: SpoolBound): void
  /** One push to Loki, by its result. */
  push(result: string, records: number, durationMs: number): void
  /** Records pushed again although nobody could say whether Loki has them: metric queries may count them twice for a while. */
  unchecked(records: number): void
  /** Records that Loki refused, and that are pending again in a form that it may take. */
  repaired(repair: string, records: number): void
  /** All that was kept of what Loki had acknowledged has been looked for. */
  audit(): void
  /** What became of acknowledged records. They are outside of the equation, for they count as stored already. */
  audited(finding: string, records: number): void
  /** Another configuration was taken up, or could not be used. */
  reload(successful: boolean): void
  /** All samples in the Prometheus text format, taken now. */
  text(): Promise<string>
  contentType: string
  /** Where all of them are, by name. */
  registry: Registry
}

export interface MetricsOptions {
  version: string
  outcomes: Outcomes
  spool(): Promise<SpoolStats>
  /** The quota of the spool. */
  spoolMaxBytes: number
  /** The spool's files were not as a relay leaves them. @defaultValue `false` */
  spoolDamaged?: boolean
  /** Names of the configured apps, now. */
  apps(): readonly string[]
  /** The lanes that have records to ship. */
  lanes?(): readonly { state: LaneState }[]
  /** What is kept for an audit. */
  auditKeptBytes?(): number
  /** How many keys the limits remember. */
  limitKeys?(): number
  /** Also the samples of the process itself, such as its memory. There is one process, so once. */
  ofProcess?: boolean
}

const durationBucketsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Every metric of the relay: names, labels and help in one place. All label values come from lists of our own. */
export function createMetrics(options: MetricsOptions): Metrics {
  const {
    version,
    outcomes,
    spool,
    spoolMaxBytes,
    spoolDamaged = false,
    apps,
    lanes,
    auditKeptBytes,
    limitKeys: countKeys,
    ofProcess,
  } = options
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `loki_beacon_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string) => new Gauge({ name: `loki_beacon_${name}`, help, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name: `loki_beacon_${name}`, help, labelNames, buckets: durationBucketsS, registers })

  const received = counter(
    'records_received_total',
    'Records taken in: from pages, found in the spool at the start, or put back from quarantine.',
    ['source'],
  )
  const stored = counter('records_stored_total', 'Records that Loki has.')
  const duplicate = counter('records_duplicate_total', 'Records of a batch that was stored before.')
  const rejected = counter('records_rejected_total', 'Records that will not be stored, by reason.', ['reason'])
  const dropped = counter('client_dropped_total', 'Records that pages report to have dropped themselves, by reason.', [
    'reason',
  ])
  const batches = counter(
    'batches_stored_total',
    'Batches stored, by the key they came with: an old key whose count stands still can be disabled.',
    ['app', 'key'],
  )
  const requests = counter('requests_total', 'Requests by route, status and error code.', ['route', 'status', 'error'])
  const requestTime = histogram('request_duration_seconds', 'Time from the request to its answer.', ['route'])
  const limited = counter(
    'limited_requests_total',
    'Requests over a limit, answered 429; their pages send them again.',
    ['app', 'limit'],
  )
  const limitedRecords = counter(
    'limited_records_total',
    'Records in requests over a limit, each time they come. The client limits refuse before records are counted.',
    ['app', 'limit'],
  )
  const limitKeys = gauge('limit_tracked_keys', 'Networks and sessions that have used some of their limits just now.')
  const pushes = counter('pushes_total', 'Pushes to Loki by result.', ['result'])
  const pushedRecords = counter('pushed_records_total', 'Records in pushes to Loki by result.', ['result'])
  const pushTime = histogram('push_duration_seconds', 'Time of a push to Loki.', ['result'])
  const unchecked = counter('ambiguous_unchecked_total', 'Records pushed again without knowing whether Loki has them.')
  const repaired = counter(
    'records_repaired_total',
    'Records that Loki refused and that were pushed again with another time, stream, line or metadata.',
    ['repair'],
  )
  const audits = counter(
    'audit_passes_total',
    'Times that Loki was asked for all it had acknowledged of late: at the start, and after it was out of reach.',
  )
  const audited = counter(
    'audit_records_total',
    'Acknowledged records by what an audit found: present, lost by Loki, restored by another push, refused by Loki then, unknown to its queries, or let_go for want of room or time.',
    ['result'],
  )
  // An alert sees no step from nothing to something, but it does from 0.
  for (const result of auditFindings) audited.inc({ result }, 0)
  const auditKept = gauge('audit_kept_bytes', 'What is kept of the records that Loki acknowledged of late.')
  const laneCount = new Gauge({
    name: 'loki_beacon_lanes',
    help: 'Lanes (a tenant and a stream) that have records to ship, by state. A stopped one waits for an operator: /ready tells what Loki wants.',
    labelNames: ['state'],
    registers,
  })
  const readSpool = createSpoolMetrics({ maxBytes: spoolMaxBytes, damaged: spoolDamaged, apps, registers })
  const spoolFull = counter(
    'spool_full_total',
    'Batches refused because the spool (bound="quota"), its disk (bound="disk") or what their app may fill of it (bound="share") was full; their pages send them again.',
    ['app', 'bound'],
  )
  const reloads = counter('config_reloads_total', 'Times that another configuration was read while running.', [
    'result',
  ])
  const reloaded = gauge('config_last_reload_successful', '1, or 0 while the earlier configuration is kept instead.')
  reloaded.set(1)
  new Gauge({ name: 'loki_beacon_info', help: 'Version of the relay.', labelNames: ['version'], registers }).set(
    { version },
    1,
  )

  function readOutcomes(): void {
    const totals = outcomes.totals()
    const set = (metric: { reset(): void }, write: () => void) => {
      metric.reset()
      write()
    }
    set(received, () => {
      received.inc({ source: 'page' }, totals.received)
      received.inc({ source: 'spool' }, totals.found)
      received.inc({ source: 'quarantine' }, totals.retried)
    })
    set(stored, () => stored.inc(totals.stored))
    set(duplicate, () => duplicate.inc(totals.duplicate))
    for (const [metric, counts] of [
      [rejected, totals.rejected],
      [dropped, totals.clientDropped],
    ] as const)
      set(metric, () => {
        for (const [reason, count] of Object.entries(counts)) metric.inc({ reason }, count)
      })
  }

  function readLanes(): void {
    for (const state of laneStates) laneCount.set({ state }, 0)
    for (const { state } of lanes?.() ?? []) laneCount.inc({ state })
  }

  return {
    request(route, status, error, durationMs) {
      requests.inc({ route, status: String(status), error })
      requestTime.observe({ route }, durationMs / 1000)
    },
    limited(app, limit, records) {
      limited.inc({ app, limit })
      limitedRecords.inc({ app, limit }, records)
    },
    batch(app, key) {
      batches.inc({ app, key })
    },
    spoolFull(app, bound) {
      spoolFull.inc({ app, bound })
    },
    push(result, records, durationMs) {
      pushes.inc({ result })
      pushedRecords.inc({ result }, records)
      pushTime.observe({ result }, durationMs / 1000)
    },
    unchecked(records) {
      unchecked.inc(records)
    },
    repaired(repair, records) {
      repaired.inc({ repair }, records)
    },
    audit() {
      audits.inc()
    },
    audited(result, records) {
      audited.inc({ result }, records)
    },
    reload(successful) {
      reloads.inc({ result: successful ? 'success' : 'failure' })
      reloaded.set(successful ? 1 : 0)
    },
    async text() {
      // The spool first: a record stored between the two readings then counts as pending in neither.
      readSpool(await spool())
      readOutcomes()
      readLanes()
      auditKept.set(auditKeptBytes?.() ?? 0)
      limitKeys.set(countKeys?.() ?? 0)
      return registry.metrics()
    },
    contentType: registry.contentType,
    registry,
  }
}
