import type { Config, InitOptions } from '../config.ts'
import { levels } from '../wire.ts'

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
export function readConfig(given: unknown): ReadConfig {
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
    capture: { errors: true, rejections: true },
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
  const { url, key, console: printed } = options as unknown as InitOptions
  const isUsable = url !== undefined && key !== undefined
  if (!isUsable) problems.push('nothing is sent without url and key')
  const config = {
    ...options,
    url: url && resolveUrl(url),
    consoleLevels: printed === true ? levels : printed || [],
  } as unknown as Config
  return { config, isUsable, problems }

  function readShape(values: unknown, shape: Shape, path = ''): Record<string, unknown> {
    const known = (values ?? {}) as Record<string, unknown>
    for (const name of Object.keys(known)) if (!(name in shape)) problems.push(`there is no option ${path}${name}`)
    const read: Record<string, unknown> = {}
    for (const name of Object.keys(shape)) {
      const wanted = shape[name]!
      const value = known[name]
      if (isGroup(wanted)) read[name] = readShape(value, wanted, `${path}${name}.`)
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

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** It becomes a part of the address that records are sent to. */
function isKey(value: unknown): boolean {
  return typeof value === 'string' && /^[\w.~-]{1,128}$/.test(value)
}

function isConsole(value: unknown): boolean {
  return typeof value === 'boolean' || (Array.isArray(value) && value.every(level => levels.includes(level)))
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && resolveUrl(value) !== undefined
}

/** `logs.example.com` would count as a path too: better refused than sent to the page's own server. */
function resolveUrl(url: string): string | undefined {
  if (!/^(https?:\/)?\//i.test(url)) return undefined
  try {
    const { origin, pathname } = new URL(url, globalThis.location?.href)
    return (origin + pathname).replace(/\/+$/, '')
  } catch {
    return undefined
  }
}
