import type { NativeMethods } from '../web/nativeMethods.ts'
import { within } from '../web/within.ts'
import type { Answer } from './retryPolicy.ts'

/**
 * Half of the 64 KiB that all keepalive requests of a page share, ours and everybody else's, beacons included
 * (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch). Requests go out one at a time, so this bounds each.
 */
export const keepaliveBudgetBytes = 32 * 1024

export interface FetchSendOptions {
  url: string
  timeoutMs: number
  native: NativeMethods
}

/**
 * Posts a body and brings back the answer; no answer is an answer of status 0. Never rejects.
 */
export function createFetchSend({ url, timeoutMs, native }: FetchSendOptions) {
  return async (body: string | ArrayBuffer, keepalive: boolean): Promise<Answer> => {
    const controller = new AbortController()
    try {
      // In WebKit a request that was in flight when the page went into the back/forward cache is never heard of again,
      // not even when it is aborted; and a `fetch` that the page has patched may not know of signals.
      return await within(exchange(body, keepalive, controller.signal), timeoutMs, native, () => controller.abort())
    } catch {
      return { status: 0 }
    }
  }

  async function exchange(body: string | ArrayBuffer, keepalive: boolean, signal: AbortSignal): Promise<Answer> {
    const response = await native.fetch!(url, {
      method: 'POST',
      body,
      // For a compressed body, which the relay knows by its first bytes: `Content-Encoding` would need a preflight.
      headers: { 'content-type': 'text/plain;charset=UTF-8' },
      keepalive,
      mode: 'cors',
      credentials: 'omit',
      // The page's policy may show its whole address, and servers on the way may log it.
      referrerPolicy: 'strict-origin',
      cache: 'no-store',
      signal,
    })
    const text = await response.text()
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: parse(text, native.parse),
    }
  }
}

function parse(text: string, parseJson: typeof JSON.parse): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
