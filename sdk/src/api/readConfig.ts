import type { Config, CoreConfig, CoreOptions } from '../config.ts'
import type { Plugin } from '../plugin.ts'
import { levels } from '../wire.ts'
import {
  isConsole,
  isFunction,
  isKey,
  isList,
  isMatcher,
  isPlugin,
  isQueryRule,
  isUrl,
  resolveUrl,
} from './optionChecks.ts'
import { isObject, readShape, type Shape } from './optionShape.ts'
import { readCapture } from './readCapture.ts'

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

/**
 * Checks what the page gave and fills in the rest. It need not be what its type says: many a page is JavaScript.
 *
 * @param features The options of an entry that has all features.
 */
export function readConfig(given: unknown, builtIn: readonly Plugin[] = [], features?: Shape): ReadConfig {
  const problems: string[] = []
  const complain = {
    unknown: (option: string) =>
      void problems.push(`there is no option ${option}${features ? '' : ' in loki-beacon/core'}`),
    unusable: (option: string) => void problems.push(`${option} is not usable`),
    unplugged: (option: string) => void problems.push(`${option} needs its plugin, of loki-beacon/capture`),
  }
  const preset = presetNames.find(name => name === Object(given).preset) ?? 'default'
  const { maxRecords, flushIntervalMs, timeoutMs } = presets[preset]
  const matchers = [isList(isMatcher), []] as const
  const {
    preset: _,
    console: printed,
    stripUrlQuery,
    capture,
    plugins,
    ...options
  } = readShape(
    given,
    {
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
      plugins: [isList(isPlugin), []],
      redact: {
        keys: matchers,
        patterns: [isList(value => value instanceof RegExp), []],
        rules: { keys: true, jwt: true, bearer: true, email: true, card: true, iban: true, tokens: true },
      },
      stripUrlQuery: isQueryRule,
      respectGpc: true,
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
      ...features,
    },
    complain,
  ) as unknown as Pick<CoreConfig, 'url' | 'key'> & Required<CoreOptions>
  const { url, key } = options
  const isUsable = url !== undefined && key !== undefined
  if (!isUsable) problems.push('nothing is sent without url and key')
  // A plugin takes the place of an earlier one of the same name.
  const byName = new Map([...builtIn, ...plugins].map(plugin => [plugin.name, plugin]))
  const all = [...byName.values()].filter(({ name, fullOnly }) => {
    const isRefused = fullOnly && !features
    if (isRefused) complain.unknown(`capture.${name}`)
    return !isRefused
  })
  const config = {
    ...options,
    url: url && resolveUrl(url),
    consoleLevels: printed === true ? levels : printed || [],
    plugins: all,
    capture: readCapture(capture, all, complain),
    allowedQuery: isObject(stripUrlQuery) ? stripUrlQuery.allow : stripUrlQuery === false ? undefined : [],
  } as unknown as Config
  return { config, isUsable, problems }
}
