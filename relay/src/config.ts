import { ConfigError, type ConfigProblem, describeIssues, fieldName } from './configError.ts'
import { configSchema } from './configSchema.ts'
import { type ConfigInput, environment, mergeSources } from './configSources.ts'
import type { RedactConfig } from './redactRules.ts'
import { readTokenConfig, type TokenConfig, tokenFiles } from './tokenKeys.ts'

/** What the stages see: every option checked, with its default and its unit. */
export interface RelayConfig {
  host?: string
  port: number
  /** `token`: of the live page. */
  admin: { host: string; port: number; token?: string }
  trustProxy: number | string[]
  /** Absent without an endpoint: records are then kept in the spool. */
  loki?: LokiConfig
  /** `maxShare`: from 0 to 1. Without `maxAgeMs` nothing is ever too old. */
  spool: { dir: string; maxBytes: number; maxShare: number; maxAgeMs?: number }
  limits: LimitsConfig
  redact: boolean
  shutdownTimeoutMs: number
  logLevel: string
  apps: AppConfig[]
}

export interface LokiConfig {
  /** Base address, without `/loki/api/v1/push`. */
  endpoint: string
  username?: string
  token?: string
  batchSize: number
  flushIntervalMs: number
  timeoutMs: number
  retryDelayMs: number
  settleMs: number
  /** 0 for no audit. */
  auditWindowMs: number
  /** 0 for no audit but after trouble, in ms. */
  auditIntervalMs: number
}

export interface LimitsConfig {
  maxBodyBytes: number
  maxInflatedBytes: number
  maxRecords: number
  maxRecordBytes: number
  maxInFlightBytes: number
  exemptClients: string[]
}

/** What an app may send; a limit that is absent is none. */
export interface AppLimits {
  recordsPerSecond?: number
  bytesPerSecond?: number
  recordsPerDay?: number
  bytesPerDay?: number
  perClient: { requestsPerSecond?: number; bytesPerSecond?: number }
  perSession: { recordsPerSecond?: number; bytesPerSecond?: number }
}

export interface AppConfig {
  name: string
  /** The configuration file that lists it; absent where the environment describes it. */
  file?: string
  /** Those that let a page in. A disabled one is not here, so that nothing can take it for a key. */
  keys: string[]
  tenant: string
  release?: string
  labels: Record<string, string>
  labelKeys: Record<string, string[] | { max: number }>
  maxStreams: number
  origins: string[]
  /** Absent where a key and its origin are enough. */
  token?: TokenConfig
  /** In place of the spool's `maxShare`. */
  spoolShare?: number
  /** Absent where that of the relay holds. */
  redact?: RedactConfig | false
  /** Absent: `json`. */
  line?: 'json' | 'logfmt'
  limits: AppLimits
}

export interface LoadedConfig {
  config: RelayConfig
  /** All files that it was read from: the configuration, and those of secrets. */
  files: string[]
  warnings: string[]
}

/** Reads all sources and checks them. Throws a ConfigError that names each problem, its source and its mend. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const { raw, sourceOf, files, warnings } = mergeSources(input)
  const parsed = configSchema.safeParse(raw)
  if (!parsed.success) throw new ConfigError(describeIssues(parsed.error.issues, path => valueAt(raw, path), sourceOf))
  const { loki, apps, spool, shutdownTimeout, ...rest } = parsed.data
  const { maxAge: maxAgeMs, ...bounds } = spool
  const problems: ConfigProblem[] = []
  const problemAt = (top: PropertyKey[]) => (path: PropertyKey[], text: string) => {
    const full = [...top, ...path]
    problems.push({ source: sourceOf(full), field: fieldName(full), text })
  }
  const config: RelayConfig = {
    ...rest,
    spool: { ...bounds, ...(maxAgeMs !== undefined && { maxAgeMs }) },
    shutdownTimeoutMs: shutdownTimeout,
    loki: loki.endpoint === undefined ? undefined : { ...lokiOptions(loki), endpoint: loki.endpoint },
    apps: apps.map(({ environment: env, tenant, keys, token, ...app }, i) => ({
      ...app,
      ...(sourceOf(['apps', i]) !== environment && { file: input.file }),
      ...(token && { token: readTokenConfig(token, app.name, problemAt(['apps', i, 'token'])) }),
      keys: keys.flatMap(key => (typeof key === 'string' ? key : key.disabled ? [] : key.key)),
      tenant: tenant ?? loki.tenant,
      labels: { service_name: app.name, app: app.name, ...(env && { env }), ...app.labels },
    })),
  }
  if (!input.withoutApps || apps.length > 0) problems.push(...checkApps(config.apps, sourceOf))
  problems.push(...checkKeys(apps, sourceOf), ...checkLoki(loki, sourceOf))
  if (problems.length > 0) throw new ConfigError(problems)
  const off = config.apps.filter(app => app.keys.length === 0)
  warnings.push(...off.map(app => `the app ${JSON.stringify(app.name)} is off: all of its keys are disabled`))
  return { config, files: [...files, ...apps.flatMap(({ token }) => (token ? tokenFiles(token) : []))], warnings }
}

type RawLoki = ReturnType<typeof configSchema.parse>['loki']
type RawApps = ReturnType<typeof configSchema.parse>['apps']

function lokiOptions({ username, token, batchSize, flushInterval, timeout, retryDelay, settle, ...audit }: RawLoki) {
  return {
    username,
    token,
    batchSize,
    flushIntervalMs: flushInterval,
    timeoutMs: timeout,
    retryDelayMs: retryDelay,
    settleMs: settle,
    auditWindowMs: audit.auditWindow,
    auditIntervalMs: audit.auditInterval,
  }
}

function checkLoki(loki: RawLoki, sourceOf: (path: string[]) => string): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (loki.username !== undefined && loki.token === undefined)
    problems.push({
      source: sourceOf(['loki', 'username']),
      field: 'loki.username',
      text: 'needs a password beside it: set loki.token (LOKI_AUTH_TOKEN)',
    })
  if (loki.auditInterval > 0 && loki.auditInterval >= loki.auditWindow)
    problems.push({
      source: sourceOf(['loki', 'auditInterval']),
      field: 'loki.auditInterval',
      text: 'must be shorter than loki.auditWindow, or records are let go before they were looked for',
    })
  return problems
}

function checkApps(apps: readonly AppConfig[], sourceOf: (path: PropertyKey[]) => string): ConfigProblem[] {
  if (apps.length === 0)
    return [
      {
        source: sourceOf(['apps']),
        text:
          'there is no app that may send. Set RELAY_KEY (any publishable key, such as pk_shop_web) and ' +
          'RELAY_ORIGINS (the origins of your pages, such as https://shop.example), or list apps in a file given by --config',
      },
    ]
  const problems: ConfigProblem[] = []
  const names = new Set<string>()
  for (const [i, app] of apps.entries()) {
    if (names.has(app.name))
      problems.push({
        source: sourceOf(['apps', i, 'name']),
        field: `apps[${i}].name`,
        text: `is ${JSON.stringify(app.name)} like that of an earlier app: each needs its own`,
      })
    names.add(app.name)
    for (const label of Object.keys(app.labelKeys).filter(name => Object.hasOwn(app.labels, name)))
      problems.push({
        source: sourceOf(['apps', i, 'labelKeys', label]),
        field: `apps[${i}].labelKeys.${label}`,
        text: 'is a fixed label of the app too: keep one of them',
      })
  }
  return problems
}

/** Disabled ones too: a key that is listed twice would be on and off at once. */
function checkKeys(apps: RawApps, sourceOf: (path: PropertyKey[]) => string): ConfigProblem[] {
  const owners = new Map<string, string>()
  const problems: ConfigProblem[] = []
  for (const [i, app] of apps.entries())
    for (const [j, item] of app.keys.entries()) {
      const key = typeof item === 'string' ? item : item.key
      const owner = owners.get(key)
      if (owner !== undefined)
        problems.push({
          source: sourceOf(['apps', i, 'keys', j]),
          field: `apps[${i}].keys[${j}]`,
          text: `belongs to the app ${JSON.stringify(owner)} already: list each key once`,
        })
      owners.set(key, app.name)
    }
  return problems
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[step] : undefined,
    raw,
  )
}
