import { type Call, patchMethod } from '../web/patchMethod.ts'
import { fromHeader, toHeader, traceparent } from './traceparent.ts'
import type { Ending, Request, Watch } from './watch.ts'

/** What is known of an XMLHttpRequest since it was opened. */
interface Opened {
  request: Request
  isSync: boolean
  isSent?: boolean
  /** The page, or what wrapped it, has set its `traceparent`. */
  hasTrace?: boolean
}

const endings = ['readystatechange', 'error', 'timeout', 'abort']

/**
 * Watches XMLHttpRequest by the methods that all of them share, those of the page's subclasses too. The status is read at
 * the first event that has it, before the page's handlers use the object for its next request; a request that is opened anew while it runs ends
 * without any event (https://xhr.spec.whatwg.org/#the-open()-method), and without a word of ours.
 */
export function watchXhr(watch: Watch, isFetching: () => boolean, isTracing: boolean): () => void {
  const prototype = (globalThis.XMLHttpRequest as typeof XMLHttpRequest | undefined)?.prototype
  const known = new WeakMap<object, Opened>()
  const heard = new WeakSet<object>()
  const onEnd = watch.guard((event: Event) => {
    const xhr = event.currentTarget as XMLHttpRequest
    const type = event.type as 'readystatechange' | 'error' | 'timeout' | 'abort'
    // Otherwise not at its end; or opened anew by a handler before ours.
    if (xhr.readyState !== XMLHttpRequest.DONE) return
    if (type !== 'readystatechange') end(xhr, type === 'error' ? 'network' : type)
    else if (xhr.status > 0) end(xhr, xhr.status)
  })

  const stops = [
    patch('open', ({ self, args, hasThrown }) => {
      if (hasThrown) return
      known.delete(self as object)
      const request = isFetching() ? undefined : watch.begin(args[0], args[1])
      if (request) known.set(self as object, { request, isSync: args.length > 2 && !args[2] })
    }),
    patchMethod(prototype, 'send', watch.guard(beforeSend)),
  ]
  if (isTracing) stops.push(patch('setRequestHeader', noteHeader))
  return () => {
    for (const stop of stops) stop()
  }

  /** For what is only to be done when the method has done its part. */
  function patch(name: string, after: (call: Call) => void): () => void {
    const guarded = watch.guard(after)
    return patchMethod(prototype, name, call => {
      call.after = guarded
    })
  }

  function beforeSend(call: Call): void {
    const xhr = call.self as XMLHttpRequest
    const opened = known.get(xhr)
    if (!opened || opened.isSent) return
    if (isTracing && !opened.hasTrace) addTrace(xhr, opened.request)
    if (!heard.has(xhr)) for (const type of endings) listen(xhr, type, onEnd)
    heard.add(xhr)
    opened.isSent = true
    opened.request.startMs = watch.nowMs()
    call.after = watch.guard(({ hasThrown }) => {
      if (!hasThrown) return
      // One that failed while the page waited has no event; another one was not sent at all.
      if (opened.isSync) end(xhr, 'network')
      else opened.isSent = false
    })
  }

  function addTrace(xhr: XMLHttpRequest, request: Request): void {
    const trace = watch.traceOf(request)
    if (!trace) return
    try {
      xhr.setRequestHeader(traceparent, toHeader(trace))
      Object.assign(request, trace)
    } catch {
      // Not open.
    }
  }

  /** There is no other way to know them; and setting one twice joins the two. */
  function noteHeader({ self, args: [name, value], hasThrown }: Call): void {
    const opened = known.get(self as object)
    if (!opened || hasThrown || String(name).toLowerCase() !== traceparent) return
    opened.hasTrace = true
    Object.assign(opened.request, fromHeader(String(value)))
  }

  function end(xhr: XMLHttpRequest, ending: Ending): void {
    const opened = known.get(xhr)
    if (!opened?.isSent) return
    known.delete(xhr)
    watch.end(opened.request, ending)
  }
}

/**
 * Before the page's own, which may use the object for its next request. Through the patched method each end of a request
 * would make Angular look for changes once more (zone.js).
 */
function listen(target: EventTarget, type: string, listener: (event: Event) => void): void {
  const add = (Reflect.get(target, '__zone_symbol__addEventListener') ??
    target.addEventListener) as EventTarget['addEventListener']
  add.call(target, type, listener, true)
}
