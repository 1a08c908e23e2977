import type { Metric } from 'web-vitals'
import type { PluginHost, RecordDraft } from '../plugin.ts'
import { entryTypes } from '../web/observePerformance.ts'

/** Observes one vital and hands it over once it is known, and again when it has changed or the page was restored. */
type Observe = (report: (metric: Metric) => void) => void

/** By the name of its records. */
export type Vitals = Record<'lcp' | 'inp' | 'cls' | 'fcp' | 'ttfb', Observe>

/** What the engine must tell of for each. */
const neededTypes: Record<string, string> = {
  lcp: 'largest-contentful-paint',
  inp: 'event',
  cls: 'layout-shift',
  fcp: 'paint',
  ttfb: 'navigation',
}

/**
 * Records the vitals that the engine has, and one event that names the others: a 0 would spoil every average.
 *
 * `web-vitals` hears of the page being hidden on the window and calls back at once, thus before `web/pageExit.ts`, which
 * listens on the document: what is known only then is among the last records that the page sends. Its own listeners can't
 * be removed; a logger that is closed takes no records.
 */
export function startVitals(
  host: PluginHost,
  vitals: Vitals,
  describe?: (metric: Metric) => Pick<RecordDraft, 'attributes' | 'values'>,
): () => void {
  const missing: string[] = []
  const report = host.guard((metric: Metric) => {
    const { rating, navigationType, id, navigationURL = '' } = metric
    const message = metric.name.toLowerCase()
    const { attributes, values } = describe?.(metric) ?? {}
    // By the time that it is known the page may have moved on to another route.
    const url = navigationURL && host.showUrl(navigationURL)
    host.record({
      kind: 'measurement',
      level: 'info',
      message,
      values: { [message]: round(metric.value), ...values },
      attributes: {
        rating,
        navigationType,
        id,
        ...(url && url !== host.showUrl(location.href) && { url }),
        ...attributes,
      },
    })
  })
  for (const [name, observe] of Object.entries(vitals)) {
    if (isSupported(name, describe !== undefined)) host.guard(() => observe(report))()
    else missing.push(name)
  }
  if (missing.length > 0)
    host.record({
      kind: 'event',
      level: 'debug',
      message: 'web_vitals_unsupported',
      attributes: { metrics: missing.join(' ') },
    })
  return () => {}
}

/** Four digits behind the point: enough for a layout shift, and a tenth of a microsecond. */
export function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

/**
 * `web-vitals` is written for engines of the last years and would throw in older ones, into the page
 * (https://github.com/GoogleChrome/web-vitals/pull/525).
 */
function isSupported(name: string, isAttributed: boolean): boolean {
  if (!entryTypes().includes(neededTypes[name]!)) return false
  if (isAttributed && !('findLast' in [])) return false
  if (name === 'cls') return 'at' in []
  return name !== 'inp' || 'interactionId' in PerformanceEventTiming.prototype
}
