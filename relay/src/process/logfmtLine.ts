import type { AppConfig } from '../config.ts'
import type { RelayRecord, WireAttributes, WireContext, WireError, WireValue } from '../record.ts'
import { createPairs, formatPairs, joinLine, type Pairs } from './logfmt.ts'

const webVitals: ReadonlySet<string> = new Set(['cls', 'fcp', 'fid', 'inp', 'lcp', 'ttfb'])
/** What is written without a prefix by us, or stands beside the line: no name for a number of the page. */
const ownNames =
  /^(?:timestamp|kind|type|message|level|value|stacktrace|hash|traceID|spanID|mechanism|truncated|repeated|breadcrumbs|app|env|service_name|release|browser|os|language|late|record_id|trace_id|span_id|event_time|detected_level|(?:context|value|event|app|user|session|page|browser|sdk|view|custom|error|client)_.*)$/

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
  addMeta(shared, context, app)
  const sharedText = formatPairs(shared)
  const timestamp = createGoTime()
  return record => {
    const own = createPairs(shared)
    own.add('timestamp', timestamp(record.timestampUs))
    own.add('kind', record.kind)
    addKind[record.kind](own, record)
    const rest = createPairs(shared, own)
    addRest(rest, record, own)
    return joinLine([formatPairs(own), sharedText, formatPairs(rest)], [own, shared, rest])
  }
}

const addKind: Record<RelayRecord['kind'], (to: Pairs, record: RelayRecord) => void> = {
  log(to, record) {
    to.add('message', record.message)
    to.add('level', record.level)
    addAttributes(to, 'context_', record.attributes)
    addTrace(to, record)
  },
  exception(to, record) {
    addError(to, record)
    addAttributes(to, 'context_', record.attributes)
    addTrace(to, record)
  },
  measurement(to, record) {
    const { message, values = {} } = record
    const names = Object.keys(values).sort()
    to.add('type', names.some(name => webVitals.has(name)) ? 'web-vitals' : message)
    // As Loki spells it in a query.
    for (const name of names) if (isFree(name)) to.addForeign('', name, sixDecimals(values[name]!))
    addTrace(to, record)
    addAttributes(to, 'context_', record.attributes)
    for (const name of names) to.addForeign('value_', name, String(values[name]))
  },
  event(to, record) {
    to.add('event_name', record.message)
    addAttributes(to, 'event_data_', record.attributes)
    addTrace(to, record)
  },
}

/** Whether a number of the page can stand under its bare name, also as Loki spells that in a query. */
function isFree(name: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !ownNames.test(name.replace(/[.-]/g, '_'))
}

function addMeta(to: Pairs, context: WireContext, app: Pick<AppConfig, 'labels' | 'name' | 'release'>): void {
  const { session, page, url, user = {}, release, browser, os, mobile, language, viewport, referrer, custom } = context
  const { route, connection, memoryGb } = context
  const { id, email, username, ...others } = user
  const [, browserName, browserVersion] = /^(.*?)(?: ([\d.]+))?$/s.exec(browser ?? '') ?? []
  const [, width, height] = /^(\d+)x(\d+)$/.exec(viewport ?? '') ?? []
  to.add('app_name', app.labels.app ?? app.name)
  to.add('app_version', release ?? app.release)
  to.add('app_environment', app.labels.env)
  to.add('user_email', asText(email))
  to.add('user_id', asText(id))
  to.add('user_username', asText(username))
  addAttributes(to, 'user_attr_', others)
  to.add('session_id', session)
  to.add('page_id', page)
  to.add('page_url', url)
  to.add('browser_name', browserName)
  to.add('browser_version', browserVersion)
  to.add('browser_os', os)
  to.add('browser_mobile', String(mobile ?? false))
  to.add('browser_language', language)
  to.add('browser_viewportWidth', width)
  to.add('browser_viewportHeight', height)
  to.add('browser_connection', connection)
  to.add('browser_memoryGb', memoryGb === undefined ? undefined : String(memoryGb))
  to.add('view_name', route)
  to.add('page_referrer', referrer)
  addAttributes(to, 'custom_', custom)
}

/** What Faro has no place for. */
function addRest(to: Pairs, record: RelayRecord, { values: own }: Pairs): void {
  const { kind, message, error, values, mechanism } = record
  const shown = [
    own.get('message'),
    own.get('type'),
    own.get('value'),
    own.get('event_name'),
    error && head(error),
    error?.message,
  ]
  if (!shown.includes(message)) to.add('message', message)
  if (kind !== 'exception' && error) addError(to, record)
  if (kind !== 'measurement')
    for (const name of Object.keys(values ?? {}).sort()) to.addForeign('value_', name, String(values![name]))
  if (error?.errors) to.add('error_errors', JSON.stringify(error.errors))
  addAttributes(to, 'error_', error?.properties)
  to.add('mechanism', mechanism)
  if (kind !== 'exception') return
  to.add('repeated', asText(record.repeated))
  if (record.breadcrumbs) to.add('breadcrumbs', JSON.stringify(record.breadcrumbs))
}

function addError(to: Pairs, { error, message }: RelayRecord): void {
  to.add('type', error?.type)
  to.add('value', error ? error.message : message)
  to.add('stacktrace', error && stackText(error))
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

function addTrace(to: Pairs, { trace, span }: RelayRecord): void {
  to.add('traceID', trace)
  to.add('spanID', span)
}

function addAttributes(to: Pairs, prefix: string, attributes: WireAttributes | undefined): void {
  if (attributes)
    for (const name of Object.keys(attributes).sort()) to.addForeign(prefix, name, asText(attributes[name]))
}

function asText(value: WireValue | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value)
}

/** Go's `%f`. */
function sixDecimals(value: number): string {
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
}

/** https://pkg.go.dev/time#Time.String Records of a batch share most of their seconds. */
function createGoTime(): (timestampUs: number) => string {
  let lastSecond = -1
  let date = ''
  return timestampUs => {
    const second = Math.floor(timestampUs / 1e6)
    if (second !== lastSecond) {
      date = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')
      lastSecond = second
    }
    const fraction = String(timestampUs % 1e6)
      .padStart(6, '0')
      .replace(/0+$/, '')
    return `${date}${fraction && '.'}${fraction} +0000 UTC`
  }
}
