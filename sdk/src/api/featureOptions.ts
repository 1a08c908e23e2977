import { isCount, isFunction, isList, isMatcher, isShare, isShares } from './optionChecks.ts'
import type { Shape } from './optionShape.ts'

/** The options of what `startFeatures.ts` does. */
export const featureOptions: Shape = {
  sampleRate: [isShare, 1],
  levelSampleRates: [isShares, {}],
  ignoreErrors: [/* @__PURE__ */ isList(isMatcher), []],
  denyUrls: [/* @__PURE__ */ isList(isMatcher), []],
  allowUrls: [/* @__PURE__ */ isList(isMatcher), []],
  noise: {
    scriptError: true,
    resizeObserver: true,
    extensions: true,
    injected: true,
    useless: true,
    thirdPartyCalls: true,
  },
  rateLimits: { perFingerprint: 10, recordsPerMinute: [isCount, Number.POSITIVE_INFINITY] },
  session: { idleMs: 30 * 60_000, maxMs: 4 * 60 * 60_000 },
  route: isFunction,
  getTraceContext: isFunction,
  sinks: [/* @__PURE__ */ isList(isFunction), []],
  maxBreadcrumbs: [isCount, 30],
}
