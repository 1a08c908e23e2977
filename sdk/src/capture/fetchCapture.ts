import { type Call, patchMethod } from '../web/patchMethod.ts'
import { fromHeader, toHeader, traceparent } from './traceparent.ts'
import type { Ending, Watch, Request as Watched } from './watch.ts'

/**
 * Watches `fetch`. Reads neither bodies nor answers, but for their status. The page gets the same answer and the same
 * error by a promise that follows the original: a handler of ours on the original itself would count as the page's, and
 * a failure that nobody caught would no longer be an unhandled rejection.
 */
export function watchFetch(watch: Watch, setFetching: (fetching: boolean) => void): () => void {
  return patchMethod(
    globalThis,
    'fetch',
    watch.guard(call => {
      // No request, while one of `undefined` is.
      if (call.args.length === 0) return
      const [input, init] = call.args as [unknown, RequestInit | null | undefined]
      const request = isRequest(input) ? input : undefined
      const { method, signal, mode } = { ...pick(request), ...pick(init) }
      const watched = watch.begin(method ?? 'GET', request ? request.url : input)
      if (!watched) return
      // Such a request can't have the header.
      if (mode !== 'no-cors') addTrace(call, watched, watch)
      call.after = watch.guard(call => {
        setFetching(false)
        if (!call.hasThrown) call.result = follow(call.result, watched, signal, watch)
      })
      setFetching(true)
    }),
  )
}

/** Field by field: `init` may be a Request, or an instance of a class, whose fields are getters. */
function pick(from: RequestInit | Request | null | undefined): RequestInit {
  const picked: RequestInit = {}
  if (!from) return picked
  const { method, signal, mode } = from
  if (method !== undefined) picked.method = method
  if (signal !== undefined) picked.signal = signal
  if (mode !== undefined) picked.mode = mode
  return picked
}

function addTrace(call: Call, watched: Watched, watch: Watch): void {
  const trace = watch.traceOf(watched)
  if (!trace) return
  try {
    const [input, init, ...more] = call.args as [unknown, (RequestInit & object) | null | undefined]
    const request = isRequest(input) ? input : undefined
    const headers = new Headers(init?.headers === undefined ? request?.headers : init.headers)
    const known = headers.get(traceparent)
    if (known !== null) {
      Object.assign(watched, fromHeader(known))
      return
    }
    headers.set(traceparent, toHeader(trace))
    if (request && init?.headers === undefined && !init?.body) {
      // Options would take the request's referrer from it. A copy takes the body over, as fetch itself would.
      const copy = new Request(request)
      copy.headers.set(traceparent, toHeader(trace))
      call.args = [copy, ...call.args.slice(1)]
    } else call.args = [input, withHeaders(init, headers), ...more]
    Object.assign(watched, trace)
  } catch {
    // What can't be read as a request is for fetch itself to refuse.
  }
}

/** What wrapped `fetch` before us may copy `init`, so it should be a plain object where it was one. */
function withHeaders(init: (RequestInit & object) | null | undefined, headers: Headers): RequestInit {
  const prototype: unknown = init ? Object.getPrototypeOf(init) : null
  if (!init || prototype === null || prototype === Object.prototype) return { ...init, headers }
  return new Proxy(init, {
    get: (target, key) => (key === 'headers' ? headers : Reflect.get(target, key)),
  })
}

function follow(result: unknown, watched: Watched, signal: AbortSignal | null | undefined, watch: Watch): unknown {
  const promise = result as Promise<Response> | null | undefined
  if (typeof promise?.then !== 'function') return result
  const end = watch.guard((ending: Ending) => watch.end(watched, ending))
  // Whoever wrapped `fetch` before us may have given its promise methods, such as `abort`: then the page gets that very one.
  const isPlain = Object.keys(promise).every(key => key.startsWith('__zone_symbol__'))
  const followed = promise.then(
    response => {
      end(statusOf(response))
      return response
    },
    (error: unknown) => {
      end(whyFailed(error, signal))
      if (isPlain) throw error
    },
  )
  return isPlain ? followed : result
}

/** A stand-in of a test may resolve to anything. */
function statusOf(response: Response | null | undefined): number {
  return typeof response?.status === 'number' ? response.status : 0
}

/** A page that aborts has no failure, whatever it gives as its reason. A timeout is one: `AbortSignal.timeout()`. */
function whyFailed(error: unknown, signal: AbortSignal | null | undefined): Ending {
  // WebKit rejects with an AbortError then, whatever the reason was.
  const names = [error, signal?.reason].map(thrown => (thrown as Partial<Error> | null | undefined)?.name)
  if (names.includes('TimeoutError')) return 'timeout'
  return names.includes('AbortError') || signal?.aborted ? 'abort' : 'network'
}

/** One of another frame is none of ours. */
function isRequest(input: unknown): input is Request {
  return Object.prototype.toString.call(input) === '[object Request]'
}
