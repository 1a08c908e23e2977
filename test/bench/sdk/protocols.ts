/** What a server of each protocol does with one request: reads the records in it, and answers. */
export interface Protocol {
  isLogs(path: string): boolean
  recordsIn(body: string): ReceivedRecord[]
  answer(records: number): { status: number; body: string }
}

export interface ReceivedRecord {
  /** What the page gave it: `undefined` for what an SDK logs of itself. */
  cart: unknown
  /** What names the record for ever, where the protocol has such a thing: a server stores it once. */
  id?: string
}

export const relayProtocol: Protocol = {
  isLogs: path => path.startsWith('/v1/i/'),
  recordsIn(body) {
    const [header, ...records] = linesOf(body)
    return records.map(({ n, attributes }) => ({ cart: attributes?.cart, id: `${header.context.page} ${n}` }))
  },
  answer: accepted => ({
    status: 202,
    body: JSON.stringify({ accepted, duplicate: 0, rejected: [], nowMs: Date.now() }),
  }),
}

export const faroProtocol: Protocol = {
  isLogs: path => path.startsWith('/collect'),
  recordsIn: body =>
    (JSON.parse(body).logs ?? []).map((log: { context: { cart: string } }) => ({ cart: Number(log.context.cart) })),
  answer: () => ({ status: 202, body: '' }),
}

/** https://develop.sentry.dev/sdk/data-model/envelopes/: a header, then a header and a payload for each item. */
export const sentryProtocol: Protocol = {
  isLogs: path => path.startsWith('/api/1/envelope/'),
  recordsIn: body =>
    linesOf(body, 1).flatMap((header, index, lines) =>
      index % 2 === 0 && header.type === 'log'
        ? lines[index + 1].items.map((log: SentryLog) => ({ cart: log.attributes.cart?.value }))
        : [],
    ),
  answer: () => ({ status: 200, body: '{}' }),
}

/** Their telemetry about themselves comes the same way, with another path inside. */
export const datadogProtocol: Protocol = {
  isLogs: path => path.startsWith('/datadog?') && decodeURIComponent(path).includes('/api/v2/logs'),
  recordsIn: body => linesOf(body).map(record => ({ cart: record.cart })),
  answer: () => ({ status: 202, body: '{}' }),
}

export const otlpProtocol: Protocol = {
  isLogs: path => path.startsWith('/v1/logs'),
  recordsIn(body) {
    const records = (JSON.parse(body) as OtlpLogs).resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords),
    )
    return records.map(({ attributes }) => ({
      cart: Number(attributes.find(({ key }) => key === 'cart')?.value.intValue),
    }))
  },
  answer: () => ({ status: 200, body: '{}' }),
}

interface SentryLog {
  attributes: { cart?: { value: number } }
}

interface OtlpLogs {
  resourceLogs: {
    scopeLogs: { logRecords: { attributes: { key: string; value: { intValue?: number | string } }[] }[] }[]
  }[]
}

function linesOf(body: string, from = 0) {
  return body
    .trimEnd()
    .split('\n')
    .slice(from)
    .map(line => JSON.parse(line))
}
