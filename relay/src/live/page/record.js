export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** What of a line has a place of its own in the page; the rest is shown as context. */
const ownFields = ['message', 'attributes', 'error', 'values', 'breadcrumbs']
const previewChars = 300

/** A record as the page shows it, from what the relay streams. The line may be anything: it is shown as it is if not JSON. */
export function readRecord(entry) {
  const line = parseObject(entry.line)
  const { metadata, labels } = entry
  return {
    id: entry.id,
    app: entry.app,
    tenant: entry.tenant,
    timestampMs: entry.timestampMs,
    receivedAtMs: entry.receivedAtMs,
    kind: labels.kind ?? 'log',
    level: levels.includes(metadata.level) ? metadata.level : 'info',
    session: metadata.session_id ?? '',
    fingerprint: metadata.fingerprint ?? '',
    message: line ? asText(line.message) : entry.line,
    preview: line ? previewOf(line) : '',
    attributes: asObject(line?.attributes),
    values: asObject(line?.values),
    error: line?.error,
    breadcrumbs: Array.isArray(line?.breadcrumbs) ? line.breadcrumbs : [],
    context: line ? omit(line, ownFields) : {},
    labels,
    metadata,
    line: entry.line,
    haystack: undefined,
  }
}

/** Everything of a record that can be searched, in lower case; made at the first search only. */
export function searchText(record) {
  record.haystack ??=
    `${record.line}\n${Object.values(record.metadata).join('\n')}\n${Object.values(record.labels).join('\n')}`.toLowerCase()
  return record.haystack
}

export function asText(value) {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}

export function asObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function previewOf(line) {
  const pairs = Object.entries({ ...asObject(line.values), ...asObject(line.attributes) })
  const text = pairs.map(([key, value]) => `${key}=${asText(value)}`).join('  ')
  return text.length > previewChars ? text.slice(0, previewChars) : text
}

function parseObject(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function omit(object, keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}
