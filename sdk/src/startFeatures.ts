import type { Consent } from './batch.ts'
import type { Config } from './config.ts'
import { type Device, describeDevice } from './context/device.ts'
import { createRouteNamer } from './context/route.ts'
import { createSession, type Session } from './context/session.ts'
import type { HookFault } from './hookFault.ts'
import { createMatcher } from './matcher.ts'
import { createErrorDetails } from './pipeline/errorDetails.ts'
import { createFilters, type FilterCounts } from './pipeline/filters.ts'
import { createFirstError } from './pipeline/firstError.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import { createRateCap } from './pipeline/rateCap.ts'
import { createRepeats } from './pipeline/repeats.ts'
import { createSampling } from './pipeline/sampling.ts'
import { createSinks, type Sinks } from './pipeline/sinks.ts'
import type { Stage } from './pipeline/stage.ts'
import { createTraceReader, type ReadTrace } from './pipeline/traceContext.ts'
import { createTrail, type Trail } from './pipeline/trail.ts'
import { createAddresses } from './web/addresses.ts'
import type { Clock } from './web/clock.ts'
import type { LocalStore } from './web/localStore.ts'
import type { NativeMethods } from './web/nativeMethods.ts'

/** What `loki-beacon` makes of records beside what `loki-beacon/core` does. */
export interface Features {
  device: Device
  /** Id of the visit, where the page may know one. */
  sessionId(): string | undefined
  onSession: Session['onStart']
  /** The page's name for an address. */
  nameRoute: ((href: string) => string | undefined) | undefined
  readTrace: ReadTrace | undefined
  /** Told of each record that is kept. */
  sinks: Sinks | undefined
  addBreadcrumb: Trail['add']
  /** What each record passes before `beforeSend`, in order. */
  stages: readonly Stage[]
  /** After all that may drop a record. */
  lastStage: Stage
  /** Adds the records that tell of repetitions. */
  tellRepeats(): void
  setConsent(consent: Consent): void
  filterCounts(): FilterCounts | undefined
}

export interface FeaturesOptions {
  config: Config
  clock: Clock
  store: LocalStore
  native: NativeMethods
  /** A text without secrets. */
  redact: (text: string) => string
  /** There is no session then: nothing that would link two pages. */
  isPrivate: boolean
  takeRepeated: Pipeline['takeRepeated']
  hookFault: HookFault
}

export type StartFeatures = (options: FeaturesOptions) => Features

export function startFeatures(options: FeaturesOptions): Features {
  const { config, clock, store, native, redact, isPrivate, takeRepeated, hookFault } = options
  const { key, route, getTraceContext, rateLimits } = config
  const session = createSession({ clock, store: isPrivate ? withoutMemory(store) : store, key, ...config.session })
  if (isPrivate) session.forget()
  const filters = createFilters(config)
  const sampling = createSampling(config, session.id)
  const repeats = createRepeats({
    perFingerprint: rateLimits.perFingerprint,
    tellOf: takeRepeated,
    monotonicMs: clock.monotonicMs,
    native,
  })
  const trail = createTrail(config.maxBreadcrumbs, redact)
  const sinks = config.sinks.length > 0 ? createSinks(config.sinks, hookFault, native) : undefined

  return {
    device: describeDevice(navigator.userAgent, (navigator as ChromiumNavigator).userAgentData?.mobile),
    sessionId: () => (isPrivate ? undefined : session.id()),
    onSession: isPrivate ? () => () => {} : session.onStart,
    nameRoute: route && createRouteNamer(route, redact, hookFault),
    readTrace: getTraceContext && createTraceReader(getTraceContext, hookFault),
    sinks,
    addBreadcrumb: trail.add,
    stages: [
      createErrorDetails({
        // A frame of `srcdoc` has the origin of the page around it, but no address of its own.
        origin: location.origin === 'null' ? origin : location.origin,
        isOwn: createMatcher(config.allowUrls),
        stripAddress: createAddresses([]).showIn,
      }),
      filters.stage,
      ...(sampling.stage ? [sampling.stage] : []),
      repeats.stage,
      createRateCap(rateLimits.recordsPerMinute, clock.monotonicMs),
      trail.stage,
    ],
    // Sessions out of the sample have no start that is counted: their errors would find no match.
    lastStage: createFirstError(() => !isPrivate && sampling.isSampled() && session.markError()),
    tellRepeats: repeats.tell,
    setConsent(consent) {
      sinks?.setConsent(consent)
      session.hold(consent !== 'granted')
      if (consent !== 'denied') return
      repeats.tell()
      session.forget()
    },
    filterCounts: filters.counts,
  }
}

/** Not in all engines, nor in TypeScript's. */
type ChromiumNavigator = Navigator & { userAgentData?: { mobile?: boolean } }

/** What is there can be removed, and nothing is added. */
function withoutMemory({ removeItem }: LocalStore): Pick<LocalStore, 'getItem' | 'setItem' | 'removeItem'> {
  return { getItem: () => null, setItem: () => false, removeItem }
}
