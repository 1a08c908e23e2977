import type { AppConfig } from '../config.ts'
import type { RelayRecord, WireAttributes, WireContext, WireError, WireValue } from '../record.ts'
import { createPairs, formatLogfmt, type Pairs } from './logfmt.ts'

type Add = (name: string, value: string | undefined) => void

const webVitals: ReadonlySet<string> = new Set(['cls', 'fcp', 'fid', 'inp', 'lcp', 'ttfb'])
/** What is written without a prefix by us, or stands beside the line: no name for a number of the page. */
const ownNames =
  /^(?:timestamp|kind|type|message|level|value|stacktrace|hash|traceID|spanID|mechanism|truncated|app|env|service_name|release|browser|os|language|late|record_id|trace_id|span_id|event_time|detected_level|(?:context|value|event|app|user|session|page|browser|sdk|view|custom|error|client)_.*)$/

/**
 * Writes log lines of one batch as Faro's receiver does, so that its dashboards can be kept:
 * https://github.com/grafana/alloy/blob/v1.11.0/internal/component/faro/receiver/internal/payload/payload.go
 * First what the record says, then what holds for all of them. Each name that a page can choose has a prefix.
 */
export function createLogfmtLine(
  context: WireContext,
  app: Pick<AppConfig, 'labels' | 'name' | 'release'>,
): (record: RelayRecord) => string {
  const shared = createPairs()
  addMeta(shared.add, context, app)
  return record => {
    const { pairs, add } = createPairs()
    add('timestamp', goTime(record.timestampUs))
    add('kind', record.kind)
    addKind[record.kind](add, record)
    for (const [key, value] of shared.pairs) pairs.set(key, value)
    addRest(add, record, pairs)
    return formatLogfmt(pairs)
  }
}

const addKind: Record<RelayRecord['kind'], (add: Add, record: RelayRecord) => void> = {
  log(add, record) {
    add('message', record.message)
    add('level', record.level)
    addAttributes(add, 'context_', record.attributes)
    addTrace(add, record)
  },
  exception(add, record) {
    addError(add, record)
    addAttributes(add, 'context_', record.attributes)
    addTrace(add, record)
  },
  measurement(add, record) {
    const { message, values = {} } = record
    const names = Object.keys(values).sort()
    add('type', names.some(name => webVitals.has(name)) ? 'web-vitals' : message)
    // As Loki spells it in a query.
    for (const name of names) if (isFree(name)) add(name, sixDecimals(values[name]!))
    addTrace(add, record)
    addAttributes(add, 'context_', record.attributes)
    for (const name of names) add(`value_${name}`, String(values[name]))
  },
  event(add, record) {
    add('event_name', record.message)
    addAttributes(add, 'event_data_', record.attributes)
    addTrace(add, record)
  },
}

/** Whether a number of the page can stand under its bare name, also as Loki spells that in a query. */
function isFree(name: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !ownNames.test(name.replace(/[.-]/g, '_'))
}

function addMeta(add: Add, context: WireContext, app: Pick<AppConfig, 'labels' | 'name' | 'release'>): void {
  const { session, page, url, user = {}, release, browser, os, mobile, language, viewport, referrer, custom } = context
  const { id, email, username, ...others } = user
  const [, browserName, browserVersion] = /^(.*?)(?: ([\d.]+))?$/s.exec(browser ?? '') ?? []
  const [, width, height] = /^(\d+)x(\d+)$/.exec(viewport ?? '') ?? []
  add('app_name', app.labels.app ?? app.name)
  add('app_version', release ?? app.release)
  add('app_environment', app.labels.env)
  add('user_email', asText(email))
  add('user_id', asText(id))
  add('user_username', asText(username))
  addAttributes(add, 'user_attr_', others)
  add('session_id', session)
  add('page_id', page)
  add('page_url', url)
  add('browser_name', browserName)
  add('browser_version', browserVersion)
  add('browser_os', os)
  add('browser_mobile', String(mobile ?? false))
  add('browser_language', language)
  add('browser_viewportWidth', width)
  add('browser_viewportHeight', height)
  add('page_referrer', referrer)
  addAttributes(add, 'custom_', custom)
}

/** What Faro has no place for. */
function addRest(add: Add, record: RelayRecord, pairs: Pairs): void {
  const { kind, message, error, values, mechanism } = record
  const shown = [
    pairs.get('message'),
    pairs.get('type'),
    pairs.get('value'),
    pairs.get('event_name'),
    error && head(error),
    error?.message,
  ]
  if (!shown.includes(message)) add('message', message)
  if (kind !== 'exception' && error) addError(add, record)
  if (kind !== 'measurement')
    for (const name of Object.keys(values ?? {}).sort()) add(`value_${name}`, String(values![name]))
  if (error?.errors) add('error_errors', JSON.stringify(error.errors))
  addAttributes(add, 'error_', error?.properties)
  add('mechanism', mechanism)
}

function addError(add: Add, { error, message }: RelayRecord): void {
  add('type', error?.type)
  add('value', error ? error.message : message)
  add('stacktrace', error && stackText(error))
}

/** The engine's own text, which begins with type and message in some of them only. */
function stackText(error: WireError): string {
  const { stack, cause } = error
  const own = stack === undefined || stack.startsWith(error.type) ? (stack ?? head(error)) : `${head(error)}\n${stack}`
  return cause ? `${own}\nCaused by: ${stackText(cause)}` : own
}

function head({ type, message }: WireError): string {
  return `${type}: ${message}`
}

function addTrace(add: Add, { trace, span }: RelayRecord): void {
  add('traceID', trace)
  add('spanID', span)
}

function addAttributes(add: Add, prefix: string, attributes: WireAttributes | undefined): void {
  if (attributes) for (const name of Object.keys(attributes).sort()) add(prefix + name, asText(attributes[name]))
}

function asText(value: WireValue | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value)
}

/** Go's `%f`. */
function sixDecimals(value: number): string {
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
}

/** https://pkg.go.dev/time#Time.String */
function goTime(timestampUs: number): string {
  const iso = new Date(Math.floor(timestampUs / 1000)).toISOString()
  const fraction = `${iso.slice(20, 23)}${String(timestampUs % 1000).padStart(3, '0')}`.replace(/0+$/, '')
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction && '.'}${fraction} +0000 UTC`
}
