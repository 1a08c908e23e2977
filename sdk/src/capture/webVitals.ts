import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals'
import type { Plugin } from '../plugin.ts'
import { startVitals } from './startVitals.ts'

/** How the page's load and its answers to the user felt: LCP, INP, CLS, FCP and TTFB. */
export const webVitals: Plugin = {
  name: 'webVitals',
  enabled: true,
  optional: true,
  start: host => startVitals(host, { lcp: onLCP, inp: onINP, cls: onCLS, fcp: onFCP, ttfb: onTTFB }),
}
