import type { NetworkOptions } from '../captureOptions.ts'
import { pageWide } from '../pageWide.ts'
import type { Plugin, PluginHost } from '../plugin.ts'
import { watchFetch } from './fetchCapture.ts'
import { createTracer } from './traceparent.ts'
import type { Ending, Request, Watch } from './watch.ts'
import { watchXhr } from './xhrCapture.ts'

/** Methods that someone made up are cut to so many characters. */
const maxMethodChars = 16

/** Addresses that hooks of the page send to, most of which have one. */
const maxHookPlaces = 20

const words = { network: 'failed', timeout: 'timed out', slow: 'slow' }

/** Requests by fetch and XMLHttpRequest that fail or are slow; of all of them a breadcrumb. */
export const network: Plugin<Required<NetworkOptions>> = {
  name: 'network',
  enabled: true,
  options: { slowMs: 3000, failedStatus: 400, propagateTraceTo: [], ignoreUrls: [] },
  start(host, options) {
    const traceOf = createTracer(options.propagateTraceTo, host)
    // A sink or another hook that fails to send would cause the next record, and with it the next attempt: of this logger,
    // or of another whose hooks do likewise.
    const ofHooks = pageWide<Set<string>>(Set, '.hookPlaces')
    const watch: Watch = {
      guard: host.guard,
      nowMs: host.nowMs,
      traceOf: ({ url }) => traceOf(url),
      begin(method, address) {
        const url = resolve(address)
        if (!url) return undefined
        const place = url.origin + url.pathname
        if (host.isInHook() && ofHooks.size < maxHookPlaces) ofHooks.add(place)
        const isWatched =
          !host.isInHook() &&
          !ofHooks.has(place) &&
          // `data:` and `blob:` come from the page itself.
          /^https?:$/.test(url.protocol) &&
          !host.isOwnRequest(url.href) &&
          !options.ignoreUrls.some(rule =>
            typeof rule === 'string' ? url.href.includes(rule) : url.href.search(rule) >= 0,
          )
        if (!isWatched) return undefined
        return { method: String(method).toUpperCase().slice(0, maxMethodChars), url, startMs: host.nowMs() }
      },
      end: (request, ending) => tell(request, ending, options, host),
    }
    // A fetch that is made of XMLHttpRequest is one request.
    let isFetching = false
    const stops = [
      watchFetch(watch, fetching => {
        isFetching = fetching
      }),
      watchXhr(watch, () => isFetching, options.propagateTraceTo.length > 0),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  },
}

function tell(request: Request, ending: Ending, options: Required<NetworkOptions>, host: PluginHost): void {
  const { method, url, startMs, trace, span } = request
  const durationMs = Math.round(host.nowMs() - startMs)
  const status = typeof ending === 'number' && ending > 0 ? ending : undefined
  const path = host.showUrl(url.href).replace(url.origin, '')
  const name = `${method} ${url.host}${path}`
  const hasFailed = status === undefined ? ending === 'network' || ending === 'timeout' : status >= options.failedStatus
  const reason = !hasFailed ? 'slow' : status ? 'status' : ending
  if (hasFailed || (ending !== 'abort' && durationMs > options.slowMs)) {
    host.record({
      kind: 'log',
      level: status && status >= 500 ? 'error' : 'warn',
      message: [name, status, reason !== 'status' && words[reason as keyof typeof words]].filter(Boolean).join(' '),
      mechanism: 'network',
      attributes: { method, host: url.host, path, status, durationMs, reason },
      trace,
      span,
    })
  }
  const data = { durationMs }
  host.breadcrumb({
    category: 'network',
    message: name,
    data: typeof ending === 'number' ? { status: ending, ...data } : { reason: ending, ...data },
  })
}

/** As the request itself will: one that can't be resolved is refused at once, and no request. */
function resolve(address: unknown): URL | undefined {
  try {
    return new URL(String(address), document.baseURI)
  } catch {
    return undefined
  }
}
