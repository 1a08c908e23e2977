import type { PluginHost } from '../plugin.ts'
import { randomHex } from '../web/randomId.ts'

/** Where a request stands in a trace: W3C ids, in hexadecimal. */
export interface RequestTrace {
  trace: string
  span: string
}

/** The header's name: https://www.w3.org/TR/trace-context/#traceparent-header */
export const traceparent = 'traceparent'

/**
 * The trace of a request, where its origin is one that is to know of it: the page's running one, or a new one. An origin
 * is named whole, as a text, since a part of it could be a part of another's too.
 */
export function createTracer(
  rules: readonly (string | RegExp)[],
  host: Pick<PluginHost, 'traceContext'>,
): (url: URL) => RequestTrace | undefined {
  return ({ origin, host: name }) => {
    // `search` begins at the start, whatever flags the expression has and whoever used it before.
    const isAllowed = rules.some(rule =>
      typeof rule !== 'string'
        ? origin.search(rule) >= 0
        : rule === origin || rule === name || (rule === 'self' && origin === location.origin),
    )
    if (!isAllowed) return undefined
    const { traceId: trace = randomHex(16), spanId: span = randomHex(8) } = host.traceContext() ?? {}
    return { trace, span }
  }
}

/** `01`: marked as sampled, or a server that samples as its caller does would never keep the trace. */
export function toHeader({ trace, span }: RequestTrace): string {
  return `00-${trace}-${span}-01`
}

/** The ids of a header that somebody else has set. */
export function fromHeader(text: string | null): RequestTrace | undefined {
  const [, trace, span] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}/.exec(text ?? '') ?? []
  return trace && span ? { trace, span } : undefined
}
