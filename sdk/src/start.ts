import type { Consent, DeliveryStats } from './batch.ts'
import { startErrorCapture } from './capture/errorCapture.ts'
import type { Config, CoreConfig } from './config.ts'
import { startContext } from './context/context.ts'
import { createDrops, type DropCounts } from './drops.ts'
import { BeaconError } from './errors.ts'
import { createHookFaults, type HookFailures } from './hookFault.ts'
import { createBeforeSend } from './pipeline/beforeSend.ts'
import type { FilterCounts } from './pipeline/filters.ts'
import { createPipeline, type Pipeline } from './pipeline/pipeline.ts'
import { createRedact } from './pipeline/redact.ts'
import { snapshotValue } from './pipeline/snapshot.ts'
import type { RouteChange } from './plugin.ts'
import { startDelivery } from './startDelivery.ts'
import type { StartFeatures } from './startFeatures.ts'
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
  /**
   * How often hooks of yours failed, by option; absent where none did. It costs no record: where `beforeSend` throws, or
   * answers with what is no record, the record goes on as it was.
   */
  hookFailures?: HookFailures
}

/** The running SDK: what the API is a face of. No method throws or rejects. */
export interface Beacon extends Pick<Pipeline, 'take' | 'bind' | 'backdate' | 'fail' | 'miss'> {
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
  config: CoreConfig,
  native: NativeMethods,
  onClose: () => void,
  isInHook: () => boolean,
  startFeatures?: StartFeatures,
): Beacon {
  const clock = createClock()
  const hookFaults = createHookFaults(report)
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
  const features = startFeatures?.({
    // An entry with features reads their options too.
    config: config as Config,
    clock,
    store,
    native,
    redact: redact.text,
    isPrivate,
    takeRepeated: (sample, repeated) => pipeline.takeRepeated(sample, repeated),
    hookFault: hookFaults.of,
  })
  const routeListeners: ((change: RouteChange) => void)[] = []
  const context = startContext({
    config,
    showUrl,
    ...features,
    beforeChange: () => pipeline.drain(),
    onRoute(change) {
      for (const listener of routeListeners) guard(listener, reportFault)(change)
    },
  })
  const delivery = startDelivery({ config, drops, context: context.current, clock, store, report, native })
  const seen = new WeakSet()
  const exitListeners: (() => void)[] = []
  let lastWordsUntilMs = 0
  const pipeline = createPipeline({
    // What each record passes, in order.
    stages: [
      redact.addresses,
      ...(features?.stages ?? []),
      ...(config.beforeSend ? [createBeforeSend(config.beforeSend, hookFaults.of, native)] : []),
      redact.stage,
      ...(features ? [features.lastStage] : []),
    ],
    readTrace: features?.readTrace,
    sinks: features?.sinks,
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
    note,
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
      features?.tellRepeats()
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
    features,
    clock,
    native,
    showUrl,
    checkRoute: context.checkRoute,
    isPrivate,
    isKnown: error => seen.has(error as object),
    isInHook,
    onExit: listener => exitListeners.push(listener),
    onRoute: listener => routeListeners.push(listener),
    onFault: reportFault,
  })

  return {
    take: pipeline.take,
    bind: pipeline.bind,
    backdate: pipeline.backdate,
    fail: pipeline.fail,
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
      const filtered = features?.filterCounts()
      const hookFailures = hookFaults.counts()
      return {
        created,
        ...delivered,
        dropped: drops.total(),
        pending: pending + delivered.pending,
        ...(filtered && { filtered }),
        ...(hookFailures && { hookFailures }),
      }
    },
  }

  /** Whether this very object goes into a record for the first time. */
  function note(error: object): boolean {
    const isNew = !seen.has(error)
    seen.add(error)
    return isNew
  }

  function captureError(thrown: unknown, mechanism: string, attributes?: unknown, place?: string): void {
    if (typeof thrown === 'object' && thrown !== null && !note(thrown)) return
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
    features?.setConsent(isDenied ? 'denied' : consent)
    if (!isDenied) return
    // What waits has gone with the queue. The rest by name: other apps of the origin may have the consent of theirs.
    for (const name of ['session', 'clock', `told:${config.key}`]) store.removeItem(`loki-beacon:${name}`)
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
    features?.tellRepeats()
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
