import { createByteBudget } from './api/byteBudget.ts'
import { createReadBody } from './api/readBody.ts'
import { createAdminApp, createApp } from './app.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { checkToken } from './auth/checkToken.ts'
import { createLimits } from './auth/limits.ts'
import { createMintToken } from './auth/mintToken.ts'
import type { AppConfig, RelayConfig } from './config.ts'
import { RelayError } from './errors.ts'
import { type Listener, listen } from './listen.ts'
import { liveRoutes } from './live/liveRoutes.ts'
import { createLiveTail, type LiveRecord } from './live/liveTail.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createOutcomes } from './outcomes.ts'
import { createProcess, groupByLane } from './process/process.ts'
import type { FinalRecord } from './record.ts'
import { SpoolClosedError, SpoolFullError } from './spool/spool.ts'
import { openSqliteSpool } from './spool/sqliteSpool.ts'
import { createLokiClient } from './upstream/lokiClient.ts'
import { type Shipper, startShipper } from './upstream/shipper.ts'
import { relayVersion, sdkVersion } from './version.ts'

export interface Relay {
  port: number
  adminPort: number
  /** Takes no more, answers what is under way, pushes what it can in the time it has, and closes the spool. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** The spool's thread died: nothing can be accepted any more. */
  onCrash?(error: Error): void
  /** Export the process's own metrics. */
  ofProcess?: boolean
}

/** How long a page is asked to wait while the spool is full: until then some of it may have been shipped. */
const spoolFullRetryS = 30

/** Builds the relay in the order of its data flow: pages, spool, Loki; each stage gets the next one as a function. */
export async function startRelay(config: RelayConfig, log: Log, options: StartOptions = {}): Promise<Relay> {
  const { apps, limits, loki } = config
  let stopping = false
  const spool = await openSqliteSpool({ ...config.spool, onCrash: options.onCrash })
  const outcomes = createOutcomes()
  outcomes.found((await spool.stats()).records)
  const appLimits = createLimits(limits.exemptClients)
  const metrics = createMetrics({
    version: relayVersion,
    outcomes,
    spool: spool.stats,
    limitKeys: appLimits.trackedKeys,
    ofProcess: options.ofProcess,
  })
  const live = createLiveTail()
  const shipper = loki && startShipping(loki)

  const publicApp = createApp({
    authenticate: createAuthenticate(apps),
    checkToken,
    refused: live.refused,
    stopping: () => stopping,
    clients: appLimits.clients,
    charge: appLimits.charge,
    limited: metrics.limited,
    readBody: createReadBody(limits, createByteBudget(limits.maxInFlightBytes)),
    limits,
    process: createProcess({ apps, redact: config.redact }),
    groupByLane,
    append: batch => spool.append(batch).catch(refuse),
    stored(app, records, key) {
      metrics.batch(app.name, key)
      shipper?.notify(records.map(record => record.lane))
      live.publish(toLiveRecords(app, records, Date.now()))
    },
    outcomes,
    nowMs: Date.now,
    sdk: { directory: sdkDirectory(), version: sdkVersion },
    metrics,
    log,
    trustProxy: config.trustProxy,
  })
  let publicPort: number | undefined
  const lanes = () => shipper?.lanes() ?? []
  const adminApp = createAdminApp({
    metrics,
    mintToken: createMintToken(apps, Date.now),
    stopping: () => stopping,
    spool: spool.stats,
    lanes,
    live: liveRoutes({
      tail: live,
      version: relayVersion,
      lokiHost: loki && new URL(loki.endpoint).host,
      spool: spool.stats,
      lanes,
      publicPort: () => publicPort,
      apps: apps.flatMap(({ name, keys, origins }) => keys.slice(0, 1).map(key => ({ name, key, origins }))),
    }),
    log,
  })

  const listeners: Listener[] = []
  try {
    listeners.push(await listen(adminApp, config.admin))
    listeners.push(await listen(publicApp, config))
  } catch (error) {
    for (const listener of listeners) await listener.close()
    await shipper?.stop()
    await spool.close()
    throw error
  }
  const [admin, pages] = listeners as [Listener, Listener]
  publicPort = pages.port

  return {
    port: pages.port,
    adminPort: admin.port,
    async stop() {
      const deadlineMs = Date.now() + config.shutdownTimeoutMs
      stopping = true
      await within(pages.close(), deadlineMs)
      pages.destroy()
      await shipper?.drain(deadlineMs)
      await shipper?.stop()
      live.close()
      admin.destroy()
      await admin.close()
      await spool.close()
    },
  }

  function startShipping(options: NonNullable<RelayConfig['loki']>): Shipper {
    return startShipper({
      spool,
      loki: createLokiClient(options),
      log,
      batchSize: options.batchSize,
      flushIntervalMs: options.flushIntervalMs,
      retryDelayMs: options.retryDelayMs,
      onPush: ({ records, result, durationMs }) => metrics.push(result, records, durationMs),
      onUnchecked: metrics.unchecked,
      onStored: records => outcomes.stored(records),
      onQuarantined: records => outcomes.rejected('quarantined', records),
    })
  }
}

function refuse(error: unknown): never {
  if (error instanceof SpoolFullError) throw new RelayError('spool_full', { retryAfterS: spoolFullRetryS })
  if (error instanceof SpoolClosedError) throw new RelayError('shutting_down', { retryAfterS: 5 })
  throw error
}

function toLiveRecords(
  { name: app, tenant }: AppConfig,
  records: readonly FinalRecord[],
  receivedAtMs: number,
): LiveRecord[] {
  return records.map(({ labels, level, body, start, end }) => ({
    app,
    tenant,
    labels,
    level,
    body,
    start,
    end,
    receivedAtMs,
  }))
}

/** Built, the files lie in this package; run from source, where the build has put them. */
function sdkDirectory(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../dist/sdk/' : './sdk/', import.meta.url)
}

async function within(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  const timer = Promise.withResolvers<void>()
  const timeout = setTimeout(timer.resolve, Math.max(0, deadlineMs - Date.now()))
  await Promise.race([work, timer.promise])
  clearTimeout(timeout)
}
