import type { Consent, DeliveryStats } from './batch.ts'
import { startErrorCapture } from './capture/errorCapture.ts'
import type { Config } from './config.ts'
import { startContext } from './context/context.ts'
import { createDrops, type DropCounts } from './drops.ts'
import { BeaconError } from './errors.ts'
import { createMatcher } from './matcher.ts'
import { createBeforeSend } from './pipeline/beforeSend.ts'
import { createErrorDetails } from './pipeline/errorDetails.ts'
import { createFilters, type FilterCounts } from './pipeline/filters.ts'
import { createFirstError } from './pipeline/firstError.ts'
import { createPipeline, type Pipeline } from './pipeline/pipeline.ts'
import { createRateCap } from './pipeline/rateCap.ts'
import { createRedact } from './pipeline/redact.ts'
import { createRepeats } from './pipeline/repeats.ts'
import { createSampling } from './pipeline/sampling.ts'
import { createSinks } from './pipeline/sinks.ts'
import { snapshotValue } from './pipeline/snapshot.ts'
import type { Stage } from './pipeline/stage.ts'
import { createTraceReader } from './pipeline/traceContext.ts'
import { createTrail } from './pipeline/trail.ts'
import type { RouteChange } from './plugin.ts'
import { startDelivery } from './startDelivery.ts'
import { startPlugins } from './startPlugins.ts'
import { createAddresses } from './web/addresses.ts'
import { createClock } from './web/clock.ts'
import { guard } from './web/guard.ts'
import { createLocalStore } from './web/localStore.ts'
import type { NativeMethods } from './web/nativeMethods.ts'
import { startPageExit } from './web/pageExit.ts'
import type { WireAttributes } from './wire.ts'

/** Where all records are, and how delivery fares. `created = delivered + sum(dropped) + pending`. */
export interface Stats extends DeliveryStats {
  /** Records that the logger accepted or captured since `init`. */
  created: number
  /** Records given up, by reason. */
  dropped: DropCounts
  /** Those of them that were `filtered`, by the rule that matched; absent where none was. */
  filtered?: FilterCounts
}

/** The running SDK: what the API is a face of. No method throws or rejects. */
export interface Beacon extends Pick<Pipeline, 'take' | 'bind' | 'backdate' | 'miss'> {
  /** An exception, whatever was thrown; one Error object never twice. */
  captureError(thrown: unknown, mechanism: string, attributes?: unknown): void
  /** An error event from before the SDK was there. */
  captureEarly(event: Event): void
  setUser(user: object | null): void
  setContext(context: object | null): void
  setConsent(consent: Consent): void
  flush(): Promise<boolean>
  close(): Promise<void>
  stats(): Stats
}

/** Of all text in a user or a context: they travel in the header of each batch, which the relay bounds to 64 KB. */
const maxContextChars = 4096

/** A page that is still there after so long was hidden and not left: then records need no hurry, in ms. */
const lastWordsMs = 1000

const consents: readonly Consent[] = ['granted', 'denied', 'pending']

/** Builds the stages in the order of the flow: capture and api -> pipeline -> delivery. */
export function start(
  config: Config,
  native: NativeMethods,
  onClose: () => void,
  isInHook: () => boolean = () => false,
): Beacon {
  const clock = createClock()
  const drops = createDrops(config.onDrop && later(config.onDrop))
  const store = createLocalStore()
  const addresses = createAddresses(config.allowedQuery)
  const redact = createRedact({
    redact: config.redact,
    addresses,
    monotonicMs: clock.monotonicMs,
    onFault: fault => report(new BeaconError('invalid_option', `redact.patterns: ${fault}`)),
  })
  const showUrl = (address: string) => redact.text(addresses.show(address))
  /** The user objects to being tracked: https://w3c.github.io/gpc/ */
  const isPrivate = config.respectGpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true
  const routeListeners: ((change: RouteChange) => void)[] = []
  const context = startContext({
    config,
    clock,
    store,
    showUrl,
    redact: redact.text,
    isPrivate,
    beforeChange: () => pipeline.drain(),
    onRoute(change) {
      for (const listener of routeListeners) guard(listener, reportFault)(change)
    },
    report,
  })
  const delivery = startDelivery({ config, drops, context: context.current, clock, store, report, native })
  const seen = new WeakSet()
  const filters = createFilters(config)
  const repeats = createRepeats({
    perFingerprint: config.rateLimits.perFingerprint,
    tellOf: (sample, repeated) => pipeline.takeRepeated(sample, repeated),
    monotonicMs: clock.monotonicMs,
    native,
  })
  const trail = createTrail(config.maxBreadcrumbs)
  const exitListeners: (() => void)[] = []
  const sinks = config.sinks.length > 0 ? createSinks(config.sinks, report, native) : undefined
  let lastWordsUntilMs = 0
  const pipeline = createPipeline({
    stages: createStages(),
    readTrace: config.getTraceContext && createTraceReader(config.getTraceContext, report),
    sinks,
    maxChars: config.buffer.maxBytes,
    drops,
    clock,
    native,
    append(records) {
      delivery.append(records)
      // The page's own handlers of the same events run after ours.
      if (clock.monotonicMs() < lastWordsUntilMs) delivery.exit()
    },
    report,
    seen: error => seen.add(error),
  })
  const errorCapture = startErrorCapture({
    ...config.capture,
    capture: (thrown, mechanism, place) => captureError(thrown, mechanism, undefined, place),
    onFault: reportFault,
  })
  const stopPageExit = startPageExit({
    exit: guard(() => {
      pipeline.setEnding(true)
      for (const listener of exitListeners) guard(listener, reportFault)()
      pipeline.drain()
      repeats.tell()
      pipeline.drain()
      delivery.exit()
      lastWordsUntilMs = clock.monotonicMs() + lastWordsMs
    }, reportFault),
    resume: guard(() => {
      pipeline.setEnding(false)
      lastWordsUntilMs = 0
      delivery.resume()
    }, reportFault),
  })
  // Loaded in the background: no event will say so, and a page there has no timer for a second or more.
  pipeline.setEnding(document.visibilityState === 'hidden')
  let closing: Promise<void> | undefined
  if (config.consent !== 'granted') setConsent(config.consent)
  const stopPlugins = startPlugins({
    config,
    take: pipeline.take,
    captureError,
    trail,
    clock,
    native,
    showUrl,
    isPrivate,
    isKnown: error => seen.has(error as object),
    isInHook,
    onExit: listener => exitListeners.push(listener),
    onSession: isPrivate ? () => () => {} : context.session.onStart,
    onRoute: listener => routeListeners.push(listener),
    onFault: reportFault,
  })

  return {
    take: pipeline.take,
    bind: pipeline.bind,
    backdate: pipeline.backdate,
    miss: pipeline.miss,
    captureError: guard(captureError, reportFault),
    captureEarly: errorCapture.handle,
    setUser: guard(user => isPrivate || context.setUser(boundContext(user)), reportFault),
    setContext: guard(custom => context.setCustom(boundContext(custom)), reportFault),
    setConsent: guard(setConsent, reportFault),
    async flush() {
      await pipeline.drainInSlices()
      return delivery.flush()
    },
    close() {
      closing ??= close()
      return closing
    },
    stats() {
      const { created, pending } = pipeline.counts()
      const delivered = delivery.stats()
      const filtered = filters.counts()
      const all = { created, ...delivered, dropped: drops.total(), pending: pending + delivered.pending }
      return filtered ? { ...all, filtered } : all
    },
  }

  /** What each record passes, in order. */
  function createStages(): Stage[] {
    const { session } = context
    const { recordsPerMinute } = config.rateLimits
    const sampling = createSampling(config, session.id)
    const stages: (Stage | false | undefined)[] = [
      redact.addresses,
      // A frame of `srcdoc` has the origin of the page around it, but no address of its own.
      createErrorDetails({
        origin: location.origin === 'null' ? origin : location.origin,
        isOwn: createMatcher(config.allowUrls),
        stripAddress: createAddresses([]).showIn,
      }),
      filters.stage,
      sampling.stage,
      repeats.stage,
      recordsPerMinute < Number.POSITIVE_INFINITY && createRateCap(recordsPerMinute),
      trail.stage,
      config.beforeSend && createBeforeSend(config.beforeSend, report, native),
      redact.stage,
      // Sessions out of the sample have no start that is counted: their errors would find no match.
      createFirstError(() => !isPrivate && sampling.isSampled() && session.markError()),
    ]
    return stages.filter(stage => typeof stage === 'function')
  }

  function captureError(thrown: unknown, mechanism: string, attributes?: unknown, place?: string): void {
    if (typeof thrown === 'object' && thrown !== null) {
      if (seen.has(thrown)) return
      seen.add(thrown)
    }
    pipeline.takeThrown(thrown, mechanism, attributes, place)
  }

  function setConsent(consent: Consent): void {
    const isKnown = consents.includes(consent)
    if (!isKnown) report(new BeaconError('invalid_option', `consent is ${consents.join(', ')}: taken for denied`))
    const isDenied = !isKnown || consent === 'denied'
    pipeline.drain()
    store.allow(consent === 'granted')
    pipeline.refuse(isDenied ? 'consent' : undefined)
    delivery.setConsent(isDenied ? 'denied' : consent)
    sinks?.setConsent(isDenied ? 'denied' : consent)
    context.session.hold(consent !== 'granted')
    if (!isDenied) return
    repeats.tell()
    context.session.forget()
    for (const name of store.names('loki-beacon:')) store.removeItem(name)
  }

  function boundContext(given: object | null): WireAttributes | undefined {
    const value = snapshotValue(given, maxContextChars)
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isGroup ? redact.attributes(value) : undefined
  }

  async function close(): Promise<void> {
    onClose()
    errorCapture.stop()
    stopPlugins()
    stopPageExit()
    pipeline.stop()
    await pipeline.drainInSlices()
    repeats.tell()
    pipeline.drain()
    await delivery.close()
    context.stop()
  }

  function report(error: BeaconError): void {
    if (config.debug) guard(() => native.console.warn(`loki-beacon: ${error.code}:`, error))()
    if (config.onError) later(config.onError)(error)
  }

  function reportFault(cause: unknown): void {
    report(new BeaconError('internal_error', 'A step of the SDK failed', { cause }))
  }

  /**
   * Hooks of the host run when our own work is done, so that what they ask of us, `stats` say, is settled. In a task
   * of their own: one that logs what is dropped in its turn would else keep the page from ever doing anything again.
   */
  function later<Args extends unknown[]>(hook: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      native.setTimeout(
        guard(() => hook(...args)),
        0,
      )
    }
  }
}
