import { type MetricWithAttribution, onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals/attribution'
import type { Plugin, PluginHost, RecordDraft } from '../plugin.ts'
import { showPlace } from './showPlace.ts'
import { round, startVitals } from './startVitals.ts'

/**
 * The web vitals with what was behind each: the element, as a short selector and never with its text, and the parts that
 * the time went into. Takes the place of `webVitals`, and is larger.
 */
export const webVitalsAttribution: Plugin = {
  name: 'webVitals',
  enabled: true,
  optional: true,
  start: host =>
    startVitals(host, { lcp: onLCP, inp: onINP, cls: onCLS, fcp: onFCP, ttfb: onTTFB }, metric =>
      // What a restored page has, no entry tells of.
      metric.entries.length > 0 ? describe(host, metric as MetricWithAttribution) : {},
    ),
}

function describe(host: PluginHost, metric: MetricWithAttribution): Pick<RecordDraft, 'attributes' | 'values'> {
  switch (metric.name) {
    case 'LCP': {
      const { target, url, ...parts } = metric.attribution
      return {
        attributes: { target, resource: showPlace(host, url) },
        values: known({
          ttfb: parts.timeToFirstByte,
          resourceDelay: parts.resourceLoadDelay,
          resourceLoad: parts.resourceLoadDuration,
          renderDelay: parts.elementRenderDelay,
        }),
      }
    }
    case 'INP': {
      const { interactionTarget, interactionType, loadState, longestScript, ...parts } = metric.attribution
      const { sourceURL, sourceFunctionName } = longestScript?.entry ?? {}
      return {
        attributes: {
          target: interactionTarget,
          interaction: interactionType,
          loadState,
          script: showPlace(host, sourceURL),
          function: sourceFunctionName || undefined,
        },
        values: known({
          inputDelay: parts.inputDelay,
          processing: parts.processingDuration,
          presentation: parts.presentationDelay,
        }),
      }
    }
    case 'CLS': {
      const { largestShiftTarget, largestShiftValue, loadState } = metric.attribution
      return {
        attributes: { target: largestShiftTarget, loadState },
        values: known({ largestShift: largestShiftValue }),
      }
    }
    case 'FCP': {
      const { timeToFirstByte, firstByteToFCP, loadState } = metric.attribution
      return { attributes: { loadState }, values: known({ ttfb: timeToFirstByte, firstByteToFcp: firstByteToFCP }) }
    }
    case 'TTFB': {
      const { waitingDuration, cacheDuration, dnsDuration, connectionDuration, requestDuration } = metric.attribution
      return {
        values: known({
          waiting: waitingDuration,
          cache: cacheDuration,
          dns: dnsDuration,
          connection: connectionDuration,
          request: requestDuration,
        }),
      }
    }
  }
}

function known(values: Record<string, number | undefined>): Record<string, number> {
  const finite = Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  return Object.fromEntries(finite.map(([name, value]) => [name, round(value)]))
}
