import type { Express } from 'express'
import { createByteBudget } from './api/byteBudget.ts'
import { createReadBody } from './api/readBody.ts'
import { sdkRoute } from './api/sdkRoute.ts'
import { createAdminApp, createApp } from './app.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { checkToken } from './auth/checkToken.ts'
import { createLimits } from './auth/limits.ts'
import { createMintToken } from './auth/mintToken.ts'
import { type QuotaFile, readQuotaFile, startQuotaFile } from './auth/quotaFile.ts'
import type { RelayConfig } from './config.ts'
import type { ConfigProblem } from './configError.ts'
import { keepUntilRestart } from './configRestart.ts'
import { limitRepeats } from './limitRepeats.ts'
import { type Listener, listen } from './listen.ts'
import { liveRoutes } from './live/liveRoutes.ts'
import { createLiveTail } from './live/liveTail.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createOperations } from './operator/operations.ts'
import { operatorRoutes } from './operator/operatorRoutes.ts'
import { createOutcomes } from './outcomes.ts'
import { createSeenValues } from './process/labels.ts'
import { createProcess, groupByLane } from './process/process.ts'
import { createRefuseFull } from './refuseFull.ts'
import { describeDamage, describeSalvage, lostRecords } from './spool/describeDamage.ts'
import { startExpiry } from './spool/expiry.ts'
import { openSqliteSpool } from './spool/sqliteSpool.ts'
import { keepAcknowledged, startShipping } from './startShipping.ts'
import { relayVersion, sdkVersion } from './version.ts'

export interface Relay {
  port: number
  adminPort: number
  /**
   * Takes up another configuration: requests that come from now on meet it, those under way end as they began.
   * Returns the options whose new values have to wait for a restart, such as `port`.
   */
  reload(config: RelayConfig): string[]
  /** Another configuration can't be used: told by the metrics and by `/ready`, until one is taken up. */
  reloadRefused(problems: readonly ConfigProblem[]): void
  /** Takes no more, answers what is under way, pushes what it can in the time it has, and closes the spool. */
  stop(): Promise<void>
  /** Closes the spool, for at most a second, and little else: left open, the next start would miss its log. */
  abandon(): Promise<void>
}

export interface StartOptions {
  /** The spool's thread died: nothing can be accepted any more. */
  onCrash?(error: Error): void
  /** Export the process's own metrics. */
  ofProcess?: boolean
}

/** Of the bodies in progress, what one app may hold of the room that others leave: some is left for one more. */
const maxInFlightShare = 0.8

/** Builds the relay in the order of its data flow: pages, spool, Loki; each stage gets the next one as a function. */
export async function startRelay(config: RelayConfig, ownLog: Log, options: StartOptions = {}): Promise<Relay> {
  const { log, flush: flushLog } = limitRepeats(ownLog)
  const { loki } = config
  let current = config
  let configProblems: readonly ConfigProblem[] = []
  let stopping = false
  const { dir, maxBytes, maxAgeMs } = config.spool
  const outcomes = createOutcomes()
  let spoolDamaged = false
  let quotas: QuotaFile | undefined
  const spool = await openSqliteSpool({
    dir,
    maxBytes,
    onCrash(error) {
      quotas?.save()
      options.onCrash?.(error)
    },
    onSalvage: bytes => log.warn(describeSalvage(bytes)),
    onDamage(damage) {
      spoolDamaged = true
      log.error(describeDamage(damage))
      outcomes.found(lostRecords(damage))
      outcomes.rejected('damaged', lostRecords(damage))
    },
  })
  outcomes.found((await spool.stats()).records)
  const rates = createLimits(readQuotaFile(dir, config.apps, log))
  quotas = startQuotaFile({ dir, uses: rates.quotas.uses, log })
  const metrics = createMetrics({
    version: relayVersion,
    outcomes,
    spool: spool.stats,
    spoolMaxBytes: maxBytes,
    spoolDamaged,
    apps: () => current.apps.map(app => app.name),
    lanes: () => lanes(),
    auditKeptBytes: () => kept?.bytes() ?? 0,
    limitKeys: rates.trackedKeys,
    ofProcess: options.ofProcess,
  })
  const refuseFull = createRefuseFull({ spoolFull: metrics.spoolFull, log, nowMs: () => performance.now() })
  const kept =
    loki && (await keepAcknowledged(config.spool, loki.auditWindowMs, records => metrics.audited('let_go', records)))
  const live = createLiveTail()
  const expiry =
    maxAgeMs === undefined
      ? undefined
      : startExpiry(spool, { maxAgeMs, log, onExpired: records => outcomes.rejected('expired', records) })
  const shipper = loki && startShipping(loki, { spool, metrics, outcomes, log, kept })

  const budget = createByteBudget(config.limits.maxInFlightBytes)
  const seen = createSeenValues()
  let scriptLoads = 0
  const sdk = sdkRoute({
    directory: sdkDirectory(),
    version: sdkVersion,
    onScript() {
      scriptLoads++
    },
  })
  let publicApp = pagesApp(config)
  let publicPort: number | undefined
  const lanes = () => shipper?.lanes() ?? []
  const adminApp = createAdminApp({
    metrics,
    mintToken: createMintToken(() => current.apps, Date.now),
    stopping: () => stopping,
    spool: spool.stats,
    lanes,
    configProblems: () => configProblems,
    live: liveRoutes({
      tail: live,
      version: relayVersion,
      lokiHost: loki && new URL(loki.endpoint).host,
      async spool() {
        const { bytesByApp, ...figures } = await spool.stats()
        return figures
      },
      lanes,
      outcomes: outcomes.totals,
      scriptLoads: () => scriptLoads,
      configProblems: () => configProblems,
      publicPort: () => publicPort,
      apps: () => current.apps.flatMap(({ keys, ...app }) => keys.slice(0, 1).map(key => ({ ...app, key }))),
      token: config.admin.token,
    }),
    operator: operatorRoutes(
      createOperations(spool, {
        ...config.spool,
        lanes,
        retried(rows) {
          outcomes.retried(rows.reduce((sum, { records }) => sum + records, 0))
          shipper?.notify(rows.flatMap(({ lane, records }) => Array<string>(records).fill(lane)))
        },
      }),
    ),
    log,
  })

  const listeners: Listener[] = []
  try {
    const { host, port } = config
    const onFull = (maxConnections: number) =>
      log.warn({ maxConnections }, 'too many connections: further ones are closed')
    listeners.push(await listen(adminApp, config.admin))
    listeners.push(await listen((req, res) => publicApp(req, res), { host, port, onFull }))
  } catch (error) {
    for (const listener of listeners) await listener.close()
    expiry?.stop()
    await shipper?.stop()
    quotas.stop()
    await spool.close()
    throw error
  }
  const [admin, pages] = listeners as [Listener, Listener]
  publicPort = pages.port

  return {
    port: pages.port,
    adminPort: admin.port,
    reload(next) {
      const { config: taken, waiting } = keepUntilRestart(current, next)
      // First what may throw.
      publicApp = pagesApp(taken)
      current = taken
      budget.resize(taken.limits.maxInFlightBytes)
      ownLog.level = taken.logLevel
      configProblems = waiting.map(field => ({
        source: 'configuration',
        field,
        text: 'has changed: restart the relay',
      }))
      metrics.reload(true)
      return waiting
    },
    reloadRefused(problems) {
      configProblems = problems
      metrics.reload(false)
    },
    async stop() {
      const deadlineMs = Date.now() + current.shutdownTimeoutMs
      stopping = true
      // What is stored already is pushed meanwhile: a request that takes its time must not use up that of the others.
      const drained = shipper?.drain(deadlineMs)
      await within(pages.close(), deadlineMs)
      pages.destroy()
      expiry?.stop()
      await drained
      await shipper?.drain(deadlineMs)
      await shipper?.stop()
      live.close()
      admin.destroy()
      await admin.close()
      // While the spool still keeps other relays off the directory.
      quotas.stop()
      await spool.close()
      flushLog()
    },
    abandon() {
      quotas.save()
      return within(spool.close(), Date.now() + 1000)
    },
  }

  /** One of these for each configuration: a request stays with the one that it began with. */
  function pagesApp({ apps, limits, redact, trustProxy, spool: { maxShare } }: RelayConfig): Express {
    // Where an app is alone there is nobody to keep room for.
    const shares = new Map(apps.map(app => [app.name, app.spoolShare ?? (apps.length > 1 ? maxShare : 1)]))
    const inFlightShare = apps.length > 1 ? maxInFlightShare : 1
    return createApp({
      authenticate: createAuthenticate(apps),
      checkToken,
      refused: live.refused,
      stopping: () => stopping,
      clients: rates.clients(limits.exemptClients),
      charge: rates.charge,
      limited: metrics.limited,
      readBody: createReadBody(limits, app => budget.open(app, inFlightShare)),
      limits,
      process: createProcess({ apps, redact, seen }),
      groupByLane,
      append: batch =>
        spool.append({ ...batch, maxShare: shares.get(batch.app) }).catch(error => refuseFull(batch.app, error)),
      stored(app, records, key) {
        metrics.batch(app.name, key)
        shipper?.notify(records.map(({ stream }) => stream.lane))
        live.publish(records)
      },
      outcomes,
      nowMs: Date.now,
      sdk,
      metrics,
      log,
      trustProxy,
    })
  }
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
