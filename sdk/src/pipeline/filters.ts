import type { Config, NoiseRule } from '../config.ts'
import { createMatcher } from '../matcher.ts'
import { parseStack } from '../web/stackTrace.ts'
import type { WireRecord } from '../wire.ts'
import { isExtension, isOfThePage } from './errorDetails.ts'
import type { Stage } from './stage.ts'
import { summarize } from './wireError.ts'

/** What a filter is called in `stats().filtered`. */
export type FilterName = NoiseRule | 'ignoreErrors' | 'denyUrls' | 'allowUrls'
export type FilterCounts = Partial<Record<FilterName, number>>

interface Filters {
  stage: Stage
  /** Exceptions dropped so far, by filter; undefined where none was. */
  counts(): FilterCounts | undefined
}

/** An exception as the rules see it. `file` is where it was thrown, as far as that is known. */
interface Thrown {
  message: string
  file: string | undefined
  record: WireRecord
}

/**
 * Of code that browsers, apps and extensions put into other people's pages; `docs/errors.md` tells of each whose it is.
 * Whole messages or names that nobody else uses, since what is dropped here is never seen.
 */
const injected =
  /__gCrWeb|__firefox__|zaloJSV2|_AutofillCallbackHandler|instantSearchSDKJSBridge|find variable: gmo$|vv\(\)\.getRestrictions|redefine (?:non-configurable )?property:? "?(?:googletag|solana|ethereum)\b|Java (?:exception was raised during method invocation|object is gone)|Object Not Found Matching Id:\d+, MethodName:\w+/

const noiseRules: Record<NoiseRule, (thrown: Thrown) => boolean> = {
  scriptError: ({ record: { error }, file }) => !file && /^Script error\.?$/.test(error!.message),
  resizeObserver: ({ message }) =>
    /ResizeObserver loop (?:limit exceeded|completed with undelivered notifications)/.test(message),
  extensions: ({ file }) => file !== undefined && isExtension(file),
  injected: ({ message }) => injected.test(message),
  useless({ record: { error } }) {
    return error!.type === 'Error' && !error!.message && !error!.stack && !error!.properties && !error!.cause
  },
  /**
   * Of a script of another origin browsers tell the page nothing, and go by the innermost frame. Where a method is patched
   * that is the patch's, whatever promise it answers with, and they tell.
   */
  thirdPartyCalls: ({ file, record: { error, mechanism } }) =>
    file !== undefined &&
    /^on/.test(mechanism!) &&
    !error!.frames!.some(frame => frame.file && !frame.thirdParty) &&
    !isOfThePage(parseStack(error!.stack!).find(frame => frame.file)!),
}

/** Drops exceptions that the host does not want, and of those that were not logged what nobody can act on. */
export function createFilters({
  noise,
  ignoreErrors,
  denyUrls,
  allowUrls,
}: Pick<Config, 'noise' | 'ignoreErrors' | 'denyUrls' | 'allowUrls'>): Filters {
  const isIgnored = createMatcher(ignoreErrors)
  const isDenied = createMatcher(denyUrls)
  const isAllowed = createMatcher(allowUrls)
  const rules = (Object.keys(noiseRules) as NoiseRule[]).filter(name => noise[name])
  const counts: FilterCounts = {}
  return {
    stage(record) {
      if (record.kind !== 'exception' || !record.error) return record
      const name = filterOf(record)
      if (!name) return record
      counts[name] = (counts[name] ?? 0) + 1
      return 'filtered'
    },
    counts: () => (Object.keys(counts).length > 0 ? { ...counts } : undefined),
  }

  function filterOf(record: WireRecord): FilterName | undefined {
    const { error, mechanism } = record
    const file = error!.frames?.find(frame => frame.file)?.file
    const thrown = { message: summarize(error!), file, record }
    const noisy = mechanism === 'log' ? undefined : rules.find(name => noiseRules[name](thrown))
    if (noisy) return noisy
    if (isIgnored(thrown.message)) return 'ignoreErrors'
    if (file === undefined) return undefined
    if (isDenied(file)) return 'denyUrls'
    return allowUrls.length > 0 && !isAllowed(file) ? 'allowUrls' : undefined
  }
}
