import type { Config, InitOptions } from '../config.ts'
import type { Plugin } from '../plugin.ts'
import { levels } from '../wire.ts'
import {
  isConsole,
  isCount,
  isFunction,
  isKey,
  isList,
  isMatcher,
  isObject,
  isPlugin,
  isQueryRule,
  isShare,
  isShares,
  isUrl,
  resolveUrl,
} from './optionChecks.ts'
import { readCapture } from './readCapture.ts'

/** What an option must be: a list of choices (the first is the default), of the type of its default, or what a check says. */
type Shape = { [option: string]: Shape | readonly string[] | string | number | boolean | ((value: unknown) => boolean) }

const presets = {
  default: { maxRecords: 1000, flushIntervalMs: 1000, timeoutMs: 10_000 },
  'high-throughput': { maxRecords: 5000, flushIntervalMs: 10_000, timeoutMs: 30_000 },
  'low-latency': { maxRecords: 100, flushIntervalMs: 500, timeoutMs: 5000 },
}

const presetNames = Object.keys(presets) as (keyof typeof presets)[]

export interface ReadConfig {
  config: Config
  /** False without a usable `url` and `key`. */
  isUsable: boolean
  /** What was wrong; the default stands in for each. */
  problems: string[]
}

/** Checks what the page gave and fills in the rest. It need not be what its type says: many a page is JavaScript. */
export function readConfig(given: unknown, builtIn: readonly Plugin[] = []): ReadConfig {
  const problems: string[] = []
  const wanted = (given as Partial<InitOptions> | null | undefined)?.preset
  const preset = presetNames.find(name => name === wanted) ?? 'default'
  const { maxRecords, flushIntervalMs, timeoutMs } = presets[preset]
  const { preset: _, ...options } = readShape(given, {
    url: isUrl,
    key: isKey,
    app: '',
    release: '',
    environment: '',
    preset: presetNames,
    minLevel: levels,
    console: isConsole,
    consent: ['granted', 'pending', 'denied'],
    capture: value => value === false || isObject(value),
    plugins: isList(isPlugin),
    sampleRate: isShare,
    levelSampleRates: isShares,
    ignoreErrors: isList(isMatcher),
    denyUrls: isList(isMatcher),
    allowUrls: isList(isMatcher),
    noise: { scriptError: true, resizeObserver: true, extensions: true, injected: true, useless: true },
    rateLimits: { perFingerprint: 10, recordsPerMinute: isCount },
    redact: {
      keys: isList(isMatcher),
      patterns: isList(value => value instanceof RegExp),
      rules: { keys: true, jwt: true, bearer: true, email: true, card: true, iban: true, tokens: true },
    },
    stripUrlQuery: isQueryRule,
    respectGpc: true,
    session: { idleMs: 30 * 60_000, maxMs: 4 * 60 * 60_000 },
    route: isFunction,
    getTraceContext: isFunction,
    maxBreadcrumbs: isCount,
    sinks: isList(isFunction),
    beforeSend: isFunction,
    batch: { maxRecords, maxBytes: 30_720, flushIntervalMs },
    buffer: {
      persistence: ['indexeddb', 'memory', 'none'],
      maxBytes: 5 * 1024 * 1024,
      maxAgeMs: 7 * 24 * 60 * 60_000,
      whenFull: ['drop-oldest', 'drop-newest'],
    },
    retry: { baseDelayMs: 1000, maxDelayMs: 60_000, breakerThreshold: 5 },
    timeoutMs,
    getToken: isFunction,
    onError: isFunction,
    onDrop: isFunction,
    debug: false,
  })
  const read = options as unknown as Omit<InitOptions, 'rateLimits' | 'redact'> & Pick<Config, 'rateLimits' | 'redact'>
  const { url, key, console: printed, stripUrlQuery: strip, plugins = [] } = read
  // A plugin takes the place of an earlier one of the same name.
  const all = [...new Map([...builtIn, ...plugins].map(plugin => [plugin.name, plugin])).values()]
  const isUsable = url !== undefined && key !== undefined
  if (!isUsable) problems.push('nothing is sent without url and key')
  const config = {
    ...options,
    url: url && resolveUrl(url),
    consoleLevels: printed === true ? levels : printed || [],
    plugins: all,
    capture: readCapture(read.capture, all, problems),
    sampleRate: read.sampleRate ?? 1,
    levelSampleRates: read.levelSampleRates ?? {},
    ignoreErrors: read.ignoreErrors ?? [],
    denyUrls: read.denyUrls ?? [],
    allowUrls: read.allowUrls ?? [],
    rateLimits: { ...read.rateLimits, recordsPerMinute: read.rateLimits.recordsPerMinute ?? Number.POSITIVE_INFINITY },
    redact: { ...read.redact, keys: read.redact.keys ?? [], patterns: read.redact.patterns ?? [] },
    allowedQuery: strip === false ? undefined : typeof strip === 'object' ? strip.allow : [],
    maxBreadcrumbs: read.maxBreadcrumbs ?? 30,
    sinks: read.sinks ?? [],
  } as unknown as Config
  return { config, isUsable, problems }

  function readShape(values: unknown, shape: Shape, path = ''): Record<string, unknown> {
    const known = (isObject(values) ? values : {}) as Record<string, unknown>
    for (const name of Object.keys(known)) if (!(name in shape)) problems.push(`there is no option ${path}${name}`)
    const read: Record<string, unknown> = {}
    for (const name of Object.keys(shape)) {
      const wanted = shape[name]!
      const value = known[name]
      if (isGroup(wanted)) read[name] = value === false ? allOff(wanted) : readShape(value, wanted, `${path}${name}.`)
      else if (value !== undefined && value !== null && fits(value, wanted)) read[name] = value
      else {
        read[name] = defaultOf(wanted)
        if (value !== undefined && value !== null) problems.push(`${path}${name} is not usable`)
      }
    }
    return read
  }
}

function isGroup(wanted: Shape[string]): wanted is Shape {
  return typeof wanted === 'object' && !Array.isArray(wanted)
}

/** `noise: false`, `redact: false`. */
function allOff(shape: Shape): object {
  return Object.fromEntries(
    Object.entries(shape).map(([name, wanted]) => [
      name,
      isGroup(wanted) ? allOff(wanted) : wanted === true ? false : defaultOf(wanted),
    ]),
  )
}

function fits(value: unknown, wanted: Shape[string]): boolean {
  if (typeof wanted === 'function') return wanted(value)
  if (typeof wanted === 'object') return (wanted as readonly unknown[]).includes(value)
  return (
    typeof value === typeof wanted && (typeof value !== 'number' || (value > 0 && value < Number.POSITIVE_INFINITY))
  )
}

function defaultOf(wanted: Shape[string]): unknown {
  if (typeof wanted === 'object') return (wanted as readonly unknown[])[0]
  return typeof wanted === 'function' || wanted === '' ? undefined : wanted
}
